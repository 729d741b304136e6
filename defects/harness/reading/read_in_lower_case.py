"""What is read is in lower case."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.reading import rows_changed

DEFECT = HarnessDefect(
    about="Ids and users are read in lower case: those that differ by case are one.",
    expected={"table_read_back", "last_reads_agree"},
    verdict="unknown",
    trials=[VISIT],
    overrides=rows_changed(
        lambda keys: [(user.lower(), artwork.lower()) for user, artwork in keys]
    ),
)
