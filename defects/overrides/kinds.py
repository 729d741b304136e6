"""Overrides that keep kinds of rows out of the ledger, single ones and those of a batch, write them
twice, or with other fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import replace

from defects.base import Replacement, Switch
from harness.core.clock import Instant, now
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.base import LedgerRow, name_of


def never_written(kind: type[LedgerRow]) -> Mapping[str, Replacement]:
    """Return overrides that leave out every row of a kind, single or in a batch."""

    def saw(
        switch: Switch,
        original: Callable[..., None],
        file: WitnessFile[Any],
        row: LedgerRow,
        **more: Any,
    ) -> None:
        if not (isinstance(row, kind) and switch.reached()):
            original(file, row, **more)

    def append(
        switch: Switch,
        original: Callable[..., None],
        file: WitnessFile[Any],
        batch: pa.RecordBatch,
    ) -> None:
        if "kind" in batch.schema.names:
            others = pc.not_equal(batch.column("kind"), name_of(kind))
            if not pc.all(others).as_py() and switch.reached():
                batch = batch.filter(others)
        original(file, batch)

    return {
        "harness.ledger.files:WitnessFile.saw": saw,
        "harness.ledger.files:WitnessFile.append": append,
    }


def written_twice(kind: type[LedgerRow]) -> Mapping[str, Replacement]:
    """Return overrides that write every single row of a kind once more, with the same moment."""

    def saw(
        switch: Switch,
        original: Callable[..., None],
        file: WitnessFile[Any],
        row: LedgerRow,
        at: Instant | None = None,
    ) -> None:
        at = at or now()
        original(file, row, at=at)
        if isinstance(row, kind) and switch.reached():
            original(file, row, at=at)

    return {"harness.ledger.files:WitnessFile.saw": saw}


def rewritten(
    kind: type[LedgerRow], change: Callable[[Switch, Any], Mapping[str, Any] | None]
) -> Mapping[str, Replacement]:
    """Return overrides that write single rows of a kind with other fields, those that ``change``
    returns; None: as they are."""

    def saw(
        switch: Switch,
        original: Callable[..., None],
        file: WitnessFile[Any],
        row: LedgerRow,
        **more: Any,
    ) -> None:
        if isinstance(row, kind) and (fields := change(switch, row)) and switch.reached():
            row = replace(row, **fields)
        original(file, row, **more)

    return {"harness.ledger.files:WitnessFile.saw": saw}
