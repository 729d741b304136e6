"""A request that was answered 503 is written down as acknowledged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import asdict

from defects.base import HarnessDefect, Switch, Trial
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.client import Acknowledged, Unanswered


def saw(
    switch: Switch,
    original: Callable[..., None],
    file: WitnessFile[Any],
    row: LedgerRow,
    **more: Any,
) -> None:
    """Call it a success."""
    if isinstance(row, Unanswered) and switch.reached():
        row = Acknowledged(**{**asdict(row), "status": 200})
    original(file, row, **more)


DEFECT = HarnessDefect(
    about="Where a gateway answered a page 503, the ledger says that it read a success.",
    expected={"witnesses_whole", "acks_after_commit"},
    verdict="unknown",
    trials=[Trial("503_backoff", browser="chromium", preset="durable")],
    overrides={"harness.ledger.files:WitnessFile.saw": saw},
)
