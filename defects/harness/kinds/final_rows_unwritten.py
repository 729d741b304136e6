"""The final read says how many rows it found and not which."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.kinds import never_written
from harness.ledger.kinds.database import FinalRow

DEFECT = HarnessDefect(
    about="What the final read found is not in the ledger.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=never_written(FinalRow),
)
