"""The viewer records artworks that no page showed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

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
    """Record one more view for every tenth."""
    original(file, row, **more)
    if isinstance(row, ViewShown) and switch.every(10) and switch.reached():
        original(file, replace(row, artwork=f"{row.artwork}-unseen"), **more)


DEFECT = HarnessDefect(
    about="The viewer saw what no page showed.",
    expected={"witnesses_whole", "views_as_planned"},
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.ledger.files:WitnessFile.saw": saw},
)
