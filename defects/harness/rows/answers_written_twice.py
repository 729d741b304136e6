"""Every answer that a page reads is written down twice."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.kinds import written_twice
from harness.ledger.kinds.client import Acknowledged

DEFECT = HarnessDefect(
    about="Every answer that a page read is in the ledger twice.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=written_twice(Acknowledged),
)
