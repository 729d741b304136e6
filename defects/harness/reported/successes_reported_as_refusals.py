"""A success that a page read is written down as a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import asdict

from defects.base import VISIT, HarnessDefect, Switch
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.client import Acknowledged, BatchRefused


def saw(
    switch: Switch,
    original: Callable[..., None],
    file: WitnessFile[Any],
    row: LedgerRow,
    **more: Any,
) -> None:
    """Call it a refusal."""
    if isinstance(row, Acknowledged) and switch.reached():
        row = BatchRefused(**{**asdict(row), "status": 400})
    original(file, row, **more)


DEFECT = HarnessDefect(
    about="Where the server stored a batch, the ledger says that its page read 400.",
    expected={"answers_as_processed"},
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.ledger.files:WitnessFile.saw": saw},
)
