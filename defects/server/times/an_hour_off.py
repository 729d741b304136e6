"""The server stores local time as if it were UTC."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect
from defects.overrides.values import times_changed

HOUR_S = 3600


DEFECT = ServerDefect(
    about="Every impression is stored as seen an hour later.",
    expected={"corrupt", "nothing_corrupt"},
    trials=[VISIT],
    overrides=times_changed(lambda seen_at_s: seen_at_s + HOUR_S),
)
