"""The server stores the time of a view in whole seconds."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect
from defects.overrides.values import times_changed

DEFECT = ServerDefect(
    about="Times are cut to whole seconds.",
    expected={"corrupt", "nothing_corrupt"},
    trials=[VISIT],
    overrides=times_changed(lambda at_s: float(int(at_s))),
)
