"""Every second row is left out of what is read."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.reading import rows_changed

DEFECT = HarnessDefect(
    about="Every second row is left out of what is read.",
    expected={"table_read_back", "witnesses_whole", "last_reads_agree"},
    verdict="unknown",
    trials=[VISIT],
    overrides=rows_changed(lambda keys: keys[::2]),
)
