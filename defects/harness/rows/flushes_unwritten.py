"""No flush that a page is asked for is written down."""

from __future__ import annotations

from defects.base import HarnessDefect, Trial
from defects.overrides.kinds import never_written
from harness.ledger.kinds.client import FlushAsked

DEFECT = HarnessDefect(
    about="What pages were asked to send at once is not in the ledger.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[Trial("concurrent_flush_guard", browser="chromium", preset="durable")],
    overrides=never_written(FlushAsked),
)
