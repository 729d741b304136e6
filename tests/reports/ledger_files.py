"""Rows of hand-written ledgers on their way into files: counted, and as columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from harness.core.clock import Instant
from harness.ledger.kinds import DATABASE, NETWORK
from harness.ledger.kinds.base import LedgerRow, Witness
from harness.ledger.kinds.database import Final, FinalRow
from harness.ledger.kinds.network import Quiet
from harness.ledger.schema import FORMAT

TWO_READS = "two equal reads"
"""How it is known that a run is at rest whose final read ``HandWritten.final`` wrote."""
Written = tuple[Instant, LedgerRow | dict[str, Any]]


def tally(rows: dict[str, list[Written]]) -> None:
    """Let each final read, and the note of rest that goes with it, count the rows that the ledger
    holds of it, where there are any."""
    database, network = rows[DATABASE.name], rows[NETWORK.name]
    found: Counter[int] = Counter()
    for moment, row in database:
        if isinstance(row, FinalRow):
            found[moment.mono_ns] += row.copies
    for place, (moment, final) in enumerate(database):
        if not isinstance(final, Final) or not found[moment.mono_ns]:
            continue
        count = found[moment.mono_ns]
        database[place] = (moment, msgspec.structs.replace(final, rows=count))
        for number, (then, quiet) in enumerate(network):
            if isinstance(quiet, Quiet) and then == moment and quiet.why == TWO_READS:
                network[number] = (then, msgspec.structs.replace(quiet, rows=count))


def write_rows(path: Path, witness: Witness[Any], rows: Sequence[Written]) -> int:
    """Write a witness's file; return the number of its rows."""
    schema = witness.schema.with_metadata({"witness": witness.name, "format": str(FORMAT)})
    table = pa.Table.from_pylist([_cells(witness, *row) for row in rows], schema=schema)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as out:
        out.write_table(table)
    return len(rows)


def _cells(
    witness: Witness[Any], moment: Instant, row: LedgerRow | dict[str, Any]
) -> dict[str, Any]:
    """Return column → value: of a typed row as the harness writes it, of a raw one as it is."""
    kind = witness.kind_of(type(row)) if isinstance(row, LedgerRow) else None
    cells = {"kind": kind.name, **kind.cells(row)} if kind else row
    assert kind or cells.keys() <= set(witness.schema.names), cells
    return {"mono_ns": moment.mono_ns, "wall_ns": moment.wall_ns, **cells}
