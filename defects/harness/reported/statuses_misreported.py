"""A success that a page read is written down with another status."""

from __future__ import annotations

from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from defects.overrides.kinds import rewritten
from harness.ledger.kinds.client import Acknowledged


def _accepted(switch: Switch, row: Any) -> dict[str, Any]:
    return {"status": 202}


DEFECT = HarnessDefect(
    about="Where the server answered a page 200, the ledger says that it read 202.",
    expected={"answers_as_processed"},
    verdict="unknown",
    trials=[VISIT],
    overrides=rewritten(Acknowledged, _accepted),
)
