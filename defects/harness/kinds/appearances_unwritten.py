"""Polls say how many rows they found and not which."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.kinds import never_written
from harness.ledger.kinds.database import Appeared

DEFECT = HarnessDefect(
    about="What polls saw appear is not in the ledger.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=never_written(Appeared),
)
