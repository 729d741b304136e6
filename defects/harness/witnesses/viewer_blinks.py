"""The viewer misses one view in ten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.viewer import ViewShown


def saw(
    switch: Switch,
    original: Callable[..., None],
    file: WitnessFile[Any],
    row: LedgerRow,
    **more: Any,
) -> None:
    """Leave out every tenth view."""
    if isinstance(row, ViewShown) and switch.every(10) and switch.reached():
        return
    original(file, row, **more)


DEFECT = HarnessDefect(
    about="One view in ten is not in the ledger.",
    expected={"witnesses_whole", "views_as_planned"},
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.ledger.files:WitnessFile.saw": saw},
)
