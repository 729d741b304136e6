"""The viewer records nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.viewer import ViewerRow


def saw(
    switch: Switch,
    original: Callable[..., None],
    file: WitnessFile[Any],
    row: LedgerRow,
    **more: Any,
) -> None:
    """Leave out what the viewer saw."""
    if not isinstance(row, ViewerRow) or not switch.reached():
        original(file, row, **more)


DEFECT = HarnessDefect(
    about="Nothing that was shown is in the ledger.",
    expected={"witnesses_whole", "views_as_planned"},
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.ledger.files:WitnessFile.saw": saw},
)
