"""Every slot's figures as a table: slots.csv for spreadsheets, slots.parquet for programs.

Long form: one row a slot and measure; a slot without any has one row with an empty measure.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reports.core.text import one_line
from reports.experiments.result import Result
from reports.experiments.slots import BlockSlot

SLOTS_CSV = "slots.csv"
SLOTS_PARQUET = "slots.parquet"
SCHEMA = pa.schema(
    [
        ("block", pa.int32()),
        ("part", pa.string()),
        ("arm", pa.string()),
        ("position", pa.int32()),
        ("run", pa.string()),
        ("verdict", pa.string()),
        ("counts", pa.bool_()),
        ("why_not", pa.string()),
        ("failed", pa.string()),
        ("gates", pa.bool_()),
        ("shown", pa.int64()),
        ("lost", pa.int64()),
        ("false", pa.int64()),
        ("measure", pa.string()),
        ("value", pa.float64()),
    ]
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")
"""What a spreadsheet takes for the begin of a formula; such a text gets an apostrophe before it."""


def slots_csv(result: Result) -> str:
    """Return the table as CSV; no text in it can be taken for a formula."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(SCHEMA.names)
    for row in _rows(result):
        writer.writerow([_cell(value) for value in row])
    return file.getvalue()


def slots_parquet(result: Result) -> bytes:
    """Return the table as a Parquet file; texts are as they were, but for what is no UTF-8."""
    columns: list[list[Any]] = [list(column) for column in zip(*_rows(result), strict=True)]
    columns = columns or [[] for _ in SCHEMA]
    plain = [[_well_formed(value) for value in column] for column in columns]
    table = pa.table(
        [pa.array(values, field.type) for values, field in zip(plain, SCHEMA, strict=True)],
        schema=SCHEMA,
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    written: bytes = sink.getvalue().to_pybytes()
    return written


def run_below(result: Result, slot: BlockSlot) -> str:
    """Return a slot's run directory relative to the experiment's; empty where there is none."""
    run = PurePath(slot.run)
    if slot.run and run.is_relative_to(result.directory):
        run = run.relative_to(result.directory)
    return str(run) if slot.run else ""


def _rows(result: Result) -> Iterator[tuple[Any, ...]]:
    for block in result.blocks:
        for slot in block.slots:
            begin = (slot.block, slot.part, slot.arm, slot.position, run_below(result, slot))
            known = (slot.cell.verdict.value, not slot.why_not, slot.why_not)
            failed = (" ".join(slot.failed), bool(slot.failed) and slot.cell.gates)
            counts = (slot.shown, slot.lost, slot.false)
            for measure, value in slot.cell.measures.items() or [("", None)]:
                yield *begin, *known, *failed, *counts, measure, value


def _cell(value: object) -> str:
    if isinstance(value, str):
        shown = one_line(value)
        return f"'{shown}" if shown.startswith(_FORMULA) else shown
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else repr(value)


def _well_formed(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
