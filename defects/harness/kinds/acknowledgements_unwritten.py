"""No answer that a page reads is written down."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.kinds import never_written
from harness.ledger.kinds.client import Acknowledged

DEFECT = HarnessDefect(
    about="What pages report of their acknowledgements is not in the ledger.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=never_written(Acknowledged),
)
