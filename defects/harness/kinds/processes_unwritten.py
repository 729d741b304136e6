"""The machine witness writes nothing."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.kinds import never_written
from harness.ledger.kinds.machine import ProcessSample

DEFECT = HarnessDefect(
    about="What processes used is not in the ledger.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=never_written(ProcessSample),
)
