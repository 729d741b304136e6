"""No adoption is written down."""

from __future__ import annotations

from defects.base import HarnessDefect, Trial
from defects.overrides.kinds import never_written
from harness.ledger.kinds.client import Adopted

DEFECT = HarnessDefect(
    about="Which queues were taken over is not in the ledger.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[Trial("crash_and_restore", browser="chromium", after="0", preset="durable")],
    overrides=never_written(Adopted),
)
