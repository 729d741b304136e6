"""One poll of the table in two is not written down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.database import Poll


def saw(
    switch: Switch,
    original: Callable[..., None],
    file: WitnessFile[Any],
    row: LedgerRow,
    **more: Any,
) -> None:
    """Leave out every second poll."""
    if isinstance(row, Poll) and switch.every(2) and switch.reached():
        return
    original(file, row, **more)


DEFECT = HarnessDefect(
    about="Every second poll of the table is not in the ledger.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.ledger.files:WitnessFile.saw": saw},
)
