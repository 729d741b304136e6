"""What a page read in an answer is written down with another count."""

from __future__ import annotations

from typing import Any

from defects.base import HarnessDefect, Switch, Trial
from defects.overrides.kinds import rewritten
from harness.ledger.kinds.client import Acknowledged


def _more(switch: Switch, row: Any) -> dict[str, Any] | None:
    return None if row.inserted is None else {"inserted": row.inserted + 1}


DEFECT = HarnessDefect(
    about="A page's answers are in the ledger with one new id more than a gateway gave it.",
    expected={"witnesses_whole", "counts_as_processed"},
    verdict="unknown",
    trials=[Trial("ack_lost", browser="chromium", preset="durable")],
    overrides=rewritten(Acknowledged, _more),
)
