"""Does a file hold what its witness can write? What does not fit is named, and is not evidence.

A row of an unknown kind, a row without what its kind needs, a value that the format does not know,
a ``detail`` that does not decode and a column that is missing or of another type: none of them is
read, and each becomes one line in words, so that a run whose evidence is not whole is not decided.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harness.ledger.kinds.base import DETAIL, IDS, KIND, MONO_NS, WALL_NS, Field, Kind, Witness

Rows = npt.NDArray[np.bool_]
Problems = Counter[str]
"""What is wrong → how many rows it spoils."""


def examined(witness: Witness[Any], table: pa.Table) -> tuple[pa.Table, list[str]]:
    """Return the rows that hold what their kind promises, with the columns of the witness's schema,
    and what is wrong with the file, in words."""
    examination = Examination(witness, table.schema)
    return examination.sound(table), examination.lines()


class Examination:
    """The examination of one file, piece by piece: ``lines`` says what is wrong with all of them.

    ``schema`` is the file's own.
    """

    def __init__(self, witness: Witness[Any], schema: pa.Schema) -> None:
        self._witness = witness
        self._lines, self._unread = _columns(witness, schema)
        self._problems: Problems = Counter()

    def sound(self, table: pa.Table) -> pa.Table:
        """Return the rows of a piece as ``examined`` does."""
        witness = self._witness
        whole = pa.Table.from_arrays(
            [
                pa.nulls(table.num_rows, field.type)
                if field.name in self._unread or field.name not in table.schema.names
                else table.column(field.name)
                for field in witness.schema
            ],
            schema=witness.schema,
        )
        batches = []
        for batch in whole.to_batches():
            good = _sound(witness, batch, self._problems, self._unread)
            batches.append(batch if good.all() else batch.filter(pa.array(good)))
        return pa.Table.from_batches(batches, schema=witness.schema)

    def lines(self) -> list[str]:
        """Return what is wrong with the pieces so far, in words."""
        return [*self._lines, *_in_words(self._problems)]


def flaws(witness: Witness[Any], batch: pa.RecordBatch) -> list[str]:
    """Return what is wrong with a batch that is about to be written, ``detail`` aside."""
    problems: Problems = Counter()
    _sound(witness, batch, problems, frozenset({DETAIL}))
    return _in_words(problems)


def _columns(witness: Witness[Any], schema: pa.Schema) -> tuple[list[str], frozenset[str]]:
    """Return what is wrong with a file's columns, and those that cannot be read for it."""
    lines, unread = [], set()
    for column in witness.columns:
        if column.name not in schema.names:
            if column.is_new:
                continue
            lines.append(f"there is no column {column.name}")
        elif (found := schema.field(column.name).type) != column.type:
            lines.append(f"the column {column.name} is {found}, not {column.type}")
        else:
            continue
        unread.add(column.name)
    lines += [
        f"there is a column {name}, which this harness does not know"
        for name in schema.names
        if name not in witness.schema.names
    ]
    return lines, frozenset(unread)


def _sound(
    witness: Witness[Any], batch: pa.RecordBatch, problems: Problems, unread: frozenset[str]
) -> Rows:
    """Return which rows of a batch are as their kind promises; count what is wrong with others.

    What is missing in an ``unread`` column is not counted again.
    """
    good = np.ones(batch.num_rows, dtype=bool)
    for column in (MONO_NS, WALL_NS):
        if column in witness.columns:
            _need(batch, column.name, good, good.copy(), "", problems, unread)
    names = witness.kinds_in(batch)
    coded = names if pa.types.is_dictionary(names.type) else pc.dictionary_encode(names)
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    if (codes < 0).any():
        if KIND not in unread:
            problems["of no kind"] += int((codes < 0).sum())
        good &= codes >= 0
    for code, name in enumerate(coded.dictionary.to_pylist()):
        mine = codes == code
        kind = witness.kinds.get(name)
        if kind is None:
            problems[f"of the unknown kind {name!r}"] += int(mine.sum())
            good &= ~mine
            continue
        of = f"of kind {name} " if name else ""
        for field in kind.columns:
            if field.required:
                _need(batch, field.name, good, mine, of, problems, unread)
            if field.values is not None:
                _know(batch, field, good, mine, of, problems)
            if field.bounds is not None:
                _bound(batch, field, good, mine, of, problems)
            if field.column is not None and field.column.type == IDS:
                _name_ids(batch, field, good, mine, of, problems)
        if kind.has_json and DETAIL not in unread:
            _decode(batch, kind, good, mine, of, problems)
    return good


def _need(
    batch: pa.RecordBatch,
    column: str,
    good: Rows,
    mine: Rows,
    of: str,
    problems: Problems,
    unread: frozenset[str],
) -> None:
    """Take out the rows that lack what their kind needs."""
    values = batch.column(column)
    if not values.null_count:
        return
    bad = mine & values.is_null().to_numpy(zero_copy_only=False)
    if column not in unread and bad.any():
        problems[f"{of}without {column}"] += int(bad.sum())
    good &= ~bad


def _know(
    batch: pa.RecordBatch, field: Field, good: Rows, mine: Rows, of: str, problems: Problems
) -> None:
    """Take out the rows with a value that the format does not know."""
    values = batch.column(field.name)
    for value in pc.unique(values).to_pylist():
        if value is None or value in (field.values or ()):
            continue
        bad = mine & pc.fill_null(pc.equal(values, value), False).to_numpy(zero_copy_only=False)
        if bad.any():
            problems[f"{of}whose {field.name} is {value!r}"] += int(bad.sum())
            good &= ~bad


def _bound(
    batch: pa.RecordBatch, field: Field, good: Rows, mine: Rows, of: str, problems: Problems
) -> None:
    """Take out the rows with a number that their kind does not allow."""
    low, high = field.bounds or (-math.inf, math.inf)
    values = batch.column(field.name)
    wrong = pc.or_(pc.less(values, low), pc.greater(values, high))
    bad = mine & pc.fill_null(wrong, False).to_numpy(zero_copy_only=False)
    if bad.any():
        problems[f"{of}whose {field.name} is not in {low:.0f} … {high:.0f}"] += int(bad.sum())
        good &= ~bad


def _name_ids(
    batch: pa.RecordBatch, field: Field, good: Rows, mine: Rows, of: str, problems: Problems
) -> None:
    """Take out the rows whose list of ids has an item that is none."""
    lists = batch.column(field.name)
    if not pc.list_flatten(lists).null_count:
        return
    parents = pc.list_parent_indices(lists).filter(pc.is_null(pc.list_flatten(lists)))
    bad = np.zeros(batch.num_rows, dtype=bool)
    bad[parents.to_numpy(zero_copy_only=False)] = True
    bad &= mine
    if bad.any():
        problems[f"{of}whose {field.name} has an item that is no id"] += int(bad.sum())
        good &= ~bad


def _decode(
    batch: pa.RecordBatch, kind: Kind[Any], good: Rows, mine: Rows, of: str, problems: Problems
) -> None:
    """Take out the rows whose ``detail`` is not what their kind writes; count the gaps that others
    tell of."""
    places = np.flatnonzero(mine & good)
    names = [field.name for field in kind.columns]
    if kind.members:
        names.append(DETAIL)
    rows = batch.select(names).take(pa.array(places)).to_pylist()
    for place, cells in zip(places.tolist(), rows, strict=True):
        try:
            gap = kind.row(cells).gap()
        except ValueError as error:
            problems[f"{of}with a detail that does not decode: {error}"] += 1
            good[place] = False
        else:
            if gap:
                problems[gap] += 1


def _in_words(problems: Problems) -> list[str]:
    return [f"{n} row{'s' * (n != 1)} {what}" for what, n in sorted(problems.items())]
