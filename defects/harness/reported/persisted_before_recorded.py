"""A page seems to have on disk what it has not recorded yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.client import Persisted, Recorded


def saw(
    switch: Switch,
    original: Callable[..., None],
    file: WitnessFile[Any],
    row: LedgerRow,
    **more: Any,
) -> None:
    """Hold a view that was recorded back until it is on disk, and write it down after that."""
    if isinstance(row, Recorded) and switch.reached():
        switch.memory.setdefault(row.tab, []).append(row)
        return
    original(file, row, **more)
    if isinstance(row, Persisted):
        for recorded in switch.memory.pop(row.tab, ()):
            original(file, recorded)


DEFECT = HarnessDefect(
    about="What pages record is in the ledger after what they have on disk.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.ledger.files:WitnessFile.saw": saw},
)
