"""Pages seem to hold three ids more than they do."""

from __future__ import annotations

from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from defects.overrides.kinds import rewritten
from harness.ledger.kinds.client import RecorderEvent


def _higher(switch: Switch, row: Any) -> dict[str, Any] | None:
    return None if row.queue_depth is None else {"queue_depth": row.queue_depth + 3}


DEFECT = HarnessDefect(
    about="Every depth of a queue that pages report is three ids too high.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=rewritten(RecorderEvent, _higher),
)
