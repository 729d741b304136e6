"""No end of a fault is written down."""

from __future__ import annotations

from defects.base import HarnessDefect, Trial
from defects.overrides.kinds import never_written
from harness.ledger.kinds.network import FaultEnd

DEFECT = HarnessDefect(
    about="A fault that ended excuses all that comes later.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[Trial("ack_lost", browser="chromium", preset="durable")],
    overrides=never_written(FaultEnd),
)
