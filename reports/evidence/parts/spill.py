"""A run directory divided by user into parts on disk: read once, a piece at a time.

The parts of a witness lie in one file without a name, so that nothing is left of them however the
process ends, and the number of open files does not grow with that of the parts.

A row belongs to the part of its user, by the hash of the user's name; a row without a user (a poll,
a fault, the server's start) belongs to every part, at its place among the others, and so do the
harness's own rows, by which every part's reads are judged. What is written
are codes and times of a fixed width. Nothing is decided here, and what is wrong with a file is
named as ``reports.evidence.frame`` names it.
"""

from __future__ import annotations

import errno
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harness.ledger import door
from harness.ledger.examine import Examination
from harness.ledger.files import WitnessStream
from harness.ledger.kinds import DATABASE, SERVER, WITNESSES
from harness.ledger.kinds.base import Witness, leaves, name_of
from harness.ledger.kinds.database import OwnRow
from harness.ledger.rundir import RunEnd, checksum
from reports.core.types import Ints
from reports.evidence.columnar import CODED, LISTED
from reports.evidence.columnar import WORDS as KNOWN_WORDS
from reports.evidence.parts.codes import GrowingDictionary, buckets_of
from reports.evidence.receipts import RECEIPTS, receipts_in

DIVIDED = ("viewer", "load", "database", SERVER.name)
"""The witnesses whose rows are divided; the others have few, and every part has them all."""
WORDS = (*KNOWN_WORDS, "lifetime", "error", "defect")
"""Columns with few different texts: as numbers they take a byte of each row that is kept."""
PIECE_ROWS = 1 << 18
"""Rows that are held at a time: a file has a batch for each half second, however small."""
_OWN = frozenset(name_of(one) for one in leaves(OwnRow))


class Spill:
    """The parts of a run's witnesses, in files that ``close`` gives up.

    After ``read``: ``dictionaries`` by column, ``rows`` by witness, ``gaps``, and ``spread_ns``,
    how far the wall clock moved against the monotonic one by the viewer's and the database's rows.
    """

    def __init__(self, parts: int) -> None:
        self.parts = parts
        self.dictionaries = {name: GrowingDictionary() for name in (*CODED, *WORDS)}
        self.rows = dict.fromkeys(DIVIDED, 0)
        self.gaps: list[str] = []
        self._held = ExitStack()
        self._files: dict[str, BinaryIO] = {}
        self._places: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
        self._bucket_of_user = np.empty(0, dtype=np.int64)
        self._offsets: list[int] = []

    @property
    def spread_ns(self) -> int:
        """Return how far the wall clock moved against the monotonic one."""
        return max(self._offsets) - min(self._offsets) if self._offsets else 0

    def read(self, directory: Path, end: RunEnd | None) -> None:
        """Read all divided witnesses of a run, and write the parts."""
        for name in DIVIDED:
            self._files[name] = self._held.enter_context(door.unnamed())
            for piece in self._pieces(directory, name, end):
                self._divide(name, piece)
            self._files[name].flush()
        for dictionary in self.dictionaries.values():
            dictionary.close()

    def close(self) -> None:
        """Give up the files, and with them the parts."""
        self._held.close()

    def table(self, witness: str, part: int) -> pa.Table:
        """Return a part of a witness: ids and words as the numbers of ``dictionaries``."""
        file, schema = self._files[witness], _schema(witness)
        batches = [
            pa.ipc.read_record_batch(pa.py_buffer(_bytes(file, at, size)), schema)
            for at, size in self._places[witness, part]
        ]
        return pa.Table.from_batches(batches, schema=schema)

    def _pieces(self, directory: Path, name: str, end: RunEnd | None) -> Iterator[pa.Table]:
        if name == SERVER.name:
            yield from self._receipts(directory)
            return
        witness = WITNESSES[name]
        files = [*directory.glob(f"{name}.arrows"), *directory.glob(f"{name}-*.arrows")]
        for path in sorted(files):
            if end is not None and end.crc32.get(path.name) != checksum(path):
                held = f"; it held {end.rows[path.name]} rows" if path.name in end.rows else ""
                self.gaps.append(f"{path.name} is not as the run left it{held}")
                continue
            yield from self._of_file(path, witness, end)

    def _of_file(self, path: Path, witness: Witness[Any], end: RunEnd | None) -> Iterator[pa.Table]:
        stream, rows, examination = WitnessStream(path), 0, None
        for table in _gathered(stream):
            examination = examination or Examination(witness, stream.schema)
            rows += table.num_rows
            yield witness.with_kinds(examination.sound(table))
        if stream.truncated:
            self.gaps.append(f"{path.name} ends in the middle of a batch, after {rows} rows")
        elif end is not None and rows != end.rows.get(path.name):
            self.gaps.append(f"{path.name} holds {rows} of {end.rows.get(path.name)} rows")
        examination = examination or Examination(witness, stream.schema)
        self.gaps += [f"{path.name}: {one}" for one in examination.lines()]

    def _receipts(self, directory: Path) -> Iterator[pa.Table]:
        examination = Examination(SERVER, SERVER.schema)
        for table in receipts_in(directory, self.gaps):
            yield examination.sound(table)
        self.gaps += [f"{RECEIPTS}: {one}" for one in examination.lines()]

    def _divide(self, name: str, piece: pa.Table) -> None:
        self.rows[name] += piece.num_rows
        if name in ("viewer", "database") and piece.num_rows:
            apart = pc.min_max(pc.subtract(piece["wall_ns"], piece["mono_ns"])).as_py()
            self._offsets += [one for one in apart.values() if one is not None]
        coded = self._coded(name, piece)
        bucket = self._buckets(coded["user"].to_numpy())
        if name == DATABASE.name:
            bucket[self._are_own(coded["kind"].to_numpy())] = -1
        for part in range(self.parts):
            mine = np.flatnonzero((bucket == part) | (bucket < 0))
            for batch in coded.take(pa.array(mine)).to_batches() if len(mine) else ():
                message = batch.serialize()
                self._places[name, part].append((self._files[name].tell(), message.size))
                self._files[name].write(message)

    def _coded(self, name: str, piece: pa.Table) -> pa.Table:
        arrays = []
        for field in _schema(name):
            column = piece.column(field.name)
            if field.name in self.dictionaries:
                arrays.append(pa.array(self.dictionaries[field.name].numbers(column)))
            elif field.name == LISTED:
                arrays.append(self._lists(column))
            else:
                arrays.append(column)
        return pa.Table.from_arrays(arrays, schema=_schema(name)).combine_chunks()

    def _lists(self, column: pa.ChunkedArray) -> pa.ListArray:
        lists = column.combine_chunks()
        if isinstance(lists, pa.ChunkedArray):
            lists = pa.concat_arrays(lists.chunks)
        counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
        offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        codes = pa.array(self.dictionaries["artwork"].numbers(pc.list_flatten(lists)))
        return pa.ListArray.from_arrays(pa.array(offsets), codes, mask=lists.is_null())

    def _are_own(self, kinds: Ints) -> npt.NDArray[np.bool_]:
        """Return which rows are about a row that the harness wrote itself."""
        numbers = [n for n, name in enumerate(self.dictionaries["kind"].texts()) if name in _OWN]
        return np.isin(kinds, numbers)

    def _buckets(self, users: Ints) -> Ints:
        """Return the part of each row; -1 for a row without a user."""
        known, dictionary = len(self._bucket_of_user), self.dictionaries["user"]
        if len(dictionary) > known:
            more = buckets_of(dictionary.texts()[known:], self.parts)
            self._bucket_of_user = np.concatenate([self._bucket_of_user, more])
        found: Ints = np.append(self._bucket_of_user, -1)[users]
        return found


def _bytes(file: BinaryIO, at: int, size: int) -> bytes:
    """Return a piece of a file. Raises OSError when it has become shorter."""
    file.seek(at)
    found = file.read(size)
    if len(found) < size:
        raise OSError(errno.EIO, "a temporary file has lost its end")
    return found


def _schema(name: str) -> pa.Schema:
    """Return the columns of a witness's parts: ids and words as numbers, ``kind`` among them."""
    witness = SERVER if name == SERVER.name else WITNESSES[name]
    fields = witness.with_kinds(witness.schema.empty_table()).schema
    coded = {*CODED, *WORDS}
    return pa.schema(
        [
            pa.field(f.name, pa.int32())
            if f.name in coded
            else pa.field(f.name, pa.list_(pa.int32()))
            if f.name == LISTED
            else pa.field(f.name, f.type)
            for f in fields
        ]
    )


def _gathered(stream: WitnessStream) -> Iterator[pa.Table]:
    """Yield the batches of a file together, as many as make a piece."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in stream:
        held.append(batch)
        rows += batch.num_rows
        if rows >= PIECE_ROWS:
            yield pa.Table.from_batches(held, schema=stream.schema)
            held, rows = [], 0
    if held:
        yield pa.Table.from_batches(held, schema=stream.schema)
