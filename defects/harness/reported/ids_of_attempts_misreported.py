"""What a page sent is written down without its last id."""

from __future__ import annotations

from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from defects.overrides.kinds import rewritten
from harness.ledger.kinds.client import Attempt


def _fewer(switch: Switch, row: Any) -> dict[str, Any] | None:
    return {"artworks": row.artworks[:-1]} if len(row.artworks or ()) > 1 else None


DEFECT = HarnessDefect(
    about="Batches that pages report to send are in the ledger without their last id.",
    expected={"witnesses_whole", "batches_as_sent"},
    verdict="unknown",
    trials=[VISIT],
    overrides=rewritten(Attempt, _fewer),
)
