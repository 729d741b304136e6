"""No change of a page's visibility is written down."""

from __future__ import annotations

from defects.base import HarnessDefect, Trial
from defects.overrides.kinds import never_written
from harness.ledger.kinds.client import VisibilityChanged

DEFECT = HarnessDefect(
    about="What pages report of their visibility is not in the ledger.",
    expected={"events_from_browser", "witnesses_whole"},
    verdict="unknown",
    trials=[Trial("rapid_switching", browser="chromium", preset="durable")],
    overrides=never_written(VisibilityChanged),
)
