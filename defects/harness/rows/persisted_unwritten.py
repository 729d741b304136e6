"""No view that a page has on disk is written down as there."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.kinds import never_written
from harness.ledger.kinds.client import Persisted

DEFECT = HarnessDefect(
    about="What pages report of their disks is not in the ledger.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=never_written(Persisted),
)
