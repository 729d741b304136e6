"""Attempts of pages are written down under the next number."""

from __future__ import annotations

from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from defects.overrides.kinds import rewritten
from harness.ledger.kinds.client import RecorderEvent


def _next(switch: Switch, row: Any) -> dict[str, Any] | None:
    return None if row.attempt is None else {"attempt": row.attempt + 1}


DEFECT = HarnessDefect(
    about="What pages report of attempts 1, 2, 3 is in the ledger as of 2, 3, 4.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=rewritten(RecorderEvent, _next),
)
