"""What is read is cut after 64 characters."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.reading import rows_changed

DEFECT = HarnessDefect(
    about="Ids are cut when they are read.",
    expected={"table_read_back", "last_reads_agree"},
    verdict="unknown",
    trials=[VISIT],
    overrides=rows_changed(lambda keys: [(user, artwork[:64]) for user, artwork in keys]),
)
