"""One event of a page in three is lost on the way to the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.client import RecorderEvent


def saw(
    switch: Switch,
    original: Callable[..., None],
    file: WitnessFile[Any],
    row: LedgerRow,
    **more: Any,
) -> None:
    """Leave out every third event."""
    if isinstance(row, RecorderEvent) and switch.every(3) and switch.reached():
        return
    original(file, row, **more)


DEFECT = HarnessDefect(
    about="One event in three that pages report is missing.",
    expected={
        "witnesses_whole",
        "page_events_whole",
        "answers_as_processed",
    },
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.ledger.files:WitnessFile.saw": saw},
)
