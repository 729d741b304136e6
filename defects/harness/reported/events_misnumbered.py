"""Every third event of a page has the number of the one before."""

from __future__ import annotations

from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from defects.overrides.kinds import rewritten
from harness.ledger.kinds.client import RecorderEvent


def _before(switch: Switch, row: Any) -> dict[str, Any] | None:
    return {"number": row.number - 1} if (row.number or 0) > 1 and switch.every(3) else None


DEFECT = HarnessDefect(
    about="Every third event that pages report has the number of the one before it.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=rewritten(RecorderEvent, _before),
)
