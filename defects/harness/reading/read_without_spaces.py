"""What is read has no spaces at its ends."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.reading import rows_changed

DEFECT = HarnessDefect(
    about="Ids and users are trimmed when they are read.",
    expected={"table_read_back", "last_reads_agree"},
    verdict="unknown",
    trials=[VISIT],
    overrides=rows_changed(
        lambda keys: [(user.strip(), artwork.strip()) for user, artwork in keys]
    ),
)
