"""The server stores the beginning of time."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect
from defects.overrides.values import times_changed

DEFECT = ServerDefect(
    about="Every impression is stored as seen in 1970.",
    expected={"corrupt", "nothing_corrupt"},
    trials=[VISIT],
    overrides=times_changed(lambda seen_at_s: 0.0),
)
