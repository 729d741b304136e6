"""The server stores the minute in which something was seen."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect
from defects.overrides.values import times_changed

DEFECT = ServerDefect(
    about="Times are cut to whole minutes: an impression is stored as seen before it was shown.",
    expected={"corrupt", "nothing_corrupt"},
    trials=[VISIT],
    overrides=times_changed(lambda seen_at_s: seen_at_s // 60 * 60),
)
