"""What faults did to which request is not written down."""

from __future__ import annotations

from defects.base import HarnessDefect, Trial
from defects.overrides.kinds import never_written
from harness.ledger.kinds.network import RequestActedOn

DEFECT = HarnessDefect(
    about="Repetitions that a fault explains look like the target's.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[Trial("ack_lost", browser="chromium", preset="durable")],
    overrides=never_written(RequestActedOn),
)
