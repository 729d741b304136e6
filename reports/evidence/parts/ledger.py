"""The parts of a large ledger as frames: each the whole evidence about some of the users.

A part has every row about its users, and every row about none. What counts rows of the table is
counted anew for the part; that the counts of the whole agree is looked at when it is divided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from harness.ledger import door
from harness.ledger.files import witness_of
from harness.ledger.kinds import CLIENT, WITNESSES
from harness.ledger.kinds.database import Final, FinalRow, OwnRow, RoadmapQuery, RoadmapQueryRow
from harness.ledger.rundir import RunEnd, RunRecord
from harness.ledger.stored import read_end, read_run
from reports.core.kinds import is_kind
from reports.evidence.columnar import (
    CODED,
    LISTED,
    LISTS,
    NULLABLE,
    frames_of,
    give_back,
    plain_frame,
)
from reports.evidence.fates import CLOCK_SPREAD
from reports.evidence.frame import (
    LedgerFrames,
    killed_lifetimes,
    missing_files,
    read_witness_files,
)
from reports.evidence.parts.spill import DIVIDED, WORDS, Spill

LARGE_BYTES = 256 << 20
"""From this size of its files on a ledger is judged in parts: some two million observations."""
PART_BYTES = 128 << 20
_NO_ROWS = 2048
"""A client's file that is smaller has its header and no row."""
_MOST_FILES = 100_000


def size_of(directory: Path) -> int:
    """Return how many bytes the divided witnesses of a run have."""
    return sum(size for name, size in _sizes(directory) if witness_of(name) in DIVIDED)


def is_large(directory: Path) -> bool:
    """Return whether a run is judged in parts: a load whose ledger is large, without pages."""
    pages = sum(size for name, size in _sizes(directory) if witness_of(name) == CLIENT.name)
    return pages < _NO_ROWS and size_of(directory) >= LARGE_BYTES


def _sizes(directory: Path) -> list[tuple[str, int]]:
    """Return name and bytes of the files that witnesses wrote into a run directory."""
    files = door.files_below(directory, ".", most=_MOST_FILES)
    return [(name, size) for name, size in files if name.endswith((".arrows", ".ndjson"))]


class PartedLedger:
    """A run's ledger in parts.

    ``gaps`` say what is missing from the evidence, as those of ``LedgerFrames``.
    """

    def __init__(
        self, directory: Path, run: RunRecord, end: RunEnd | None, spill: Spill, gaps: list[str]
    ) -> None:
        self.directory = directory
        self.run = run
        self.end = end
        self.gaps = tuple(gaps)
        self._spill = spill
        self._common: dict[str, pd.DataFrame] = {}

    @property
    def rows(self) -> int:
        """Return how many observations were divided."""
        return sum(self._spill.rows.values())

    def read_common(self, gaps: list[str]) -> None:
        """Read the witnesses that every part has whole."""
        tables = {
            one.name: read_witness_files(self.directory, one, self.end, gaps)
            for one in WITNESSES.values()
            if one.name not in DIVIDED
        }
        client = frames_of({CLIENT.name: tables.pop(CLIENT.name)})[CLIENT.name]
        if len(client):
            gaps.append(f"{CLIENT.name}.arrows: {len(client)} rows are not looked at in parts")
        dtypes = {name: self._spill.dictionaries[name].dtype for name in CODED if name in client}
        client = client.iloc[:0].astype(dtypes)
        self._common = {name: plain_frame(table) for name, table in tables.items()}
        self._common["client"] = client

    def __iter__(self) -> Iterator[LedgerFrames]:
        """Yield the parts, one in memory at a time."""
        for number in range(self._spill.parts):
            yield self.part(number)
            give_back(everything=True)

    def part(self, number: int) -> LedgerFrames:
        """Return one part, without samples of processes: generators count for the whole."""
        frames = {name: self._frame(name, number) for name in DIVIDED}
        frames["database"] = _counted_anew(frames["database"])
        return self.ledger(frames, machine=self._common["machine"].iloc[:0], is_part=True)

    def table_of_none(self) -> pd.DataFrame:
        """Return the rows of the database about no user but the harness's own, as they were
        written."""
        database = self._frame("database", 0)
        return database[database["user"].isna() | is_kind(database, OwnRow)]

    def ledger(self, frames: Mapping[str, Any], **instead: Any) -> LedgerFrames:
        """Return a ledger of these frames of the divided witnesses, and of the common ones."""
        found: dict[str, Any] = {**self._common, **frames, **instead}
        ledger = LedgerFrames(
            directory=self.directory,
            run=self.run,
            end=self.end,
            gaps=self.gaps,
            killed_lifetimes=killed_lifetimes(found["server"]),
            **found,
        )
        ledger.remembered(CLOCK_SPREAD, lambda: self._spill.spread_ns)
        return ledger

    def _frame(self, name: str, part: int) -> pd.DataFrame:
        table = self._spill.table(name, part)
        columns: dict[str, Any] = {}
        for field in table.schema:
            column = table.column(field.name)
            if field.name in (*CODED, *WORDS):
                columns[field.name] = self._codes(field.name, column)
            elif field.name == LISTED:
                columns[field.name] = self._lists(column)
            else:
                columns[field.name] = column.to_pandas(types_mapper=NULLABLE.get).array
        return pd.DataFrame(columns, copy=False)

    def _codes(self, name: str, column: pa.ChunkedArray) -> pd.Categorical:
        dictionary = self._spill.dictionaries[name]
        codes = dictionary.ranked(column.to_numpy())
        return pd.Categorical.from_codes(codes, dtype=dictionary.dtype, validate=False)

    def _lists(self, column: pa.ChunkedArray) -> Any:
        dictionary = self._spill.dictionaries["artwork"]
        pieces = []
        for chunk in column.chunks or [pa.array([], column.type)]:
            counts = np.diff(chunk.offsets.to_numpy())
            missing = chunk.is_null().to_numpy(zero_copy_only=False)
            counts = np.where(missing, 0, counts)
            offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
            codes = pa.array(dictionary.ranked(chunk.flatten().to_numpy()))
            values = pa.DictionaryArray.from_arrays(codes, dictionary.values)
            mask = pa.array(missing)
            pieces.append(pa.ListArray.from_arrays(pa.array(offsets), values, mask=mask))
        return pd.array(pa.concat_arrays(pieces), dtype=LISTS)


@contextmanager
def parted(directory: Path, *, part_bytes: int | None = None) -> Iterator[PartedLedger]:
    """Divide a run's ledger into parts of about ``part_bytes`` (by default PART_BYTES), in files
    without names, for the block's time.

    Raises as ``read_ledger`` does.
    """
    run, end = read_run(directory), read_end(directory)
    gaps = [] if end is not None else ["the run has no end: it was cut short"]
    parts = max(1, -(-size_of(directory) // (part_bytes or PART_BYTES)))
    with closing(Spill(parts)) as spill:
        spill.read(directory, end)
        ledger = PartedLedger(directory, run, end, spill, [])
        ledger.read_common(gaps)
        ledger.gaps = (*gaps, *spill.gaps, *missing_files(directory, end))
        yield ledger


def _counted_anew(database: pd.DataFrame) -> pd.DataFrame:
    """Return a part's rows of the database with what its reads count of the part itself."""
    rows = database["rows"].copy()
    for total, one in ((Final, FinalRow), (RoadmapQuery, RoadmapQueryRow)):
        found = database[is_kind(database, one)].groupby("mono_ns")["copies"].agg(["sum", "size"])
        own = is_kind(database, total)
        counted = found["sum" if total is Final else "size"]
        at = database.loc[own, "mono_ns"].map(counted).fillna(0)
        rows[own] = at.astype(rows.dtype)
    return database.assign(rows=rows)
