"""No planned retry is written down."""

from __future__ import annotations

from defects.base import HarnessDefect, Trial
from defects.overrides.kinds import never_written
from harness.ledger.kinds.client import RetryScheduled

DEFECT = HarnessDefect(
    about="What pages report of their plans to try again is not in the ledger.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[Trial("short_outage", browser="chromium", preset="durable")],
    overrides=never_written(RetryScheduled),
)
