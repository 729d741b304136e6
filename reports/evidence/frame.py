"""A run directory as typed data frames: one per witness, and what is missing from the evidence.

Reading never repairs. A file that ends in the middle of a batch, holds fewer rows than the run
wrote down at its end, or is not there at all becomes a *gap*, in words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa

from harness.core.errors import LedgerUnreadable
from harness.ledger.examine import examined
from harness.ledger.files import read_witness, witness_of
from harness.ledger.kinds import SERVER, WITNESSES
from harness.ledger.kinds.base import Witness
from harness.ledger.kinds.server import ServerStarted, ServerStopped
from harness.ledger.rundir import RunEnd, RunRecord, checksum
from harness.ledger.stored import read_end, read_run
from reports.core.kinds import is_kind
from reports.evidence.columnar import (
    encoded,
    exploded,
    frames_of,
    give_back,
    id_counts,
    plain_frame,
)
from reports.evidence.receipts import RECEIPTS, read_receipts

__all__ = ["OUTCOME_UNKNOWN", "RECEIPTS", "LedgerFrames", "exploded", "id_counts", "read_ledger"]

T = TypeVar("T")

OUTCOME_UNKNOWN = "outcome_unknown"
"""A receipt's reason: the connection to the database broke, and what was stored is unknown."""

_CODED = ("viewer", "client", "load", "database", "wire")
"""The witnesses that name impressions: their ids are codes (``reports.evidence.columnar``), as
the receipts' are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFrames:
    """One run's ledger. Every witness has a frame, empty where it wrote nothing.

    ``gaps`` say what is missing from the evidence; ``killed_lifetimes`` are the server's lives that
    have no end in the receipts. ``in_short``: the ledger is larger than memory; views, rows of the
    table and texts of batches are left out. ``is_part``: these are some of a large ledger's users;
    samples of processes are left out, and polls count the rows of all.
    """

    directory: Path
    run: RunRecord
    end: RunEnd | None
    viewer: pd.DataFrame
    client: pd.DataFrame
    load: pd.DataFrame
    database: pd.DataFrame
    network: pd.DataFrame
    machine: pd.DataFrame
    activity: pd.DataFrame
    wire: pd.DataFrame
    alerts: pd.DataFrame
    pool: pd.DataFrame
    topology: pd.DataFrame
    server: pd.DataFrame
    gaps: tuple[str, ...]
    killed_lifetimes: tuple[str, ...]
    in_short: bool = False
    is_part: bool = False
    _memory: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def remembered(self, name: str, make: Callable[[], T]) -> T:
        """Return what ``make`` returned when it was first asked for under this name."""
        if name not in self._memory:
            self._memory[name] = make()
        found: T = self._memory[name]
        return found

    @property
    def start_ns(self) -> int:
        """Return the run's start on the monotonic clock."""
        return self.run.started_mono_ns

    def seconds(self, mono_ns: pd.Series) -> pd.Series:
        """Return monotonic times as seconds since the run's start."""
        return (mono_ns - self.start_ns) / 1e9


def read_ledger(directory: Path) -> LedgerFrames:
    """Read a run directory, however the run ended.

    Raises LedgerUnreadable when it is not a run directory or of another format.
    """
    run, end = read_run(directory), read_end(directory)
    gaps: list[str] = []
    if end is None:
        gaps.append("the run has no end: it was cut short")
    try:
        tables = {
            one.name: read_witness_files(directory, one, end, gaps) for one in WITNESSES.values()
        }
        gaps += missing_files(directory, end)
        receipts, wrong = examined(SERVER, read_receipts(directory, gaps))
        gaps += [f"{RECEIPTS}: {one}" for one in wrong]
        tables[SERVER.name] = encoded(receipts)
        del receipts
        plain = [name for name in WITNESSES if name not in _CODED]
        frames: dict[str, Any] = {name: plain_frame(tables.pop(name)) for name in plain}
        frames |= frames_of(tables)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"{type(error).__name__}: {error}"
        raise LedgerUnreadable(f"the run directory {directory} is damaged: {what}") from error
    return LedgerFrames(
        directory=directory,
        run=run,
        end=end,
        gaps=tuple(gaps),
        killed_lifetimes=killed_lifetimes(frames["server"]),
        **frames,
    )


def missing_files(directory: Path, end: RunEnd | None) -> list[str]:
    """Return in words which witness files are missing, and which are of no known witness."""
    present = {path.name for path in directory.glob("*.arrows")}
    strange = sorted(name for name in present if witness_of(name) not in WITNESSES)
    return [
        *(
            f"{name} is missing; it held {rows} rows"
            for name, rows in (end.rows if end else {}).items()
            if name not in present
        ),
        *(f"{name} is of a witness that this harness does not know" for name in strange),
    ]


def read_witness_files(
    directory: Path, witness: Witness[Any], end: RunEnd | None, gaps: list[str]
) -> pa.Table:
    """Return a witness's rows from all its files; what is wrong with them becomes gaps.

    Ids are coded where the witness names impressions.
    """
    tables = []
    name = witness.name
    files = [*directory.glob(f"{name}.arrows"), *directory.glob(f"{name}-*.arrows")]
    for path in sorted(files):
        if end is not None and end.crc32.get(path.name) != checksum(path):
            gaps.append(f"{path.name} is not as the run left it{_rows_held(path, end)}")
            continue
        testimony = read_witness(path)
        rows = testimony.table.num_rows
        if testimony.truncated:
            gaps.append(f"{path.name} ends in the middle of a batch, after {rows} rows")
        elif end is not None and rows != end.rows.get(path.name):
            gaps.append(f"{path.name} holds {rows} of {end.rows.get(path.name)} rows")
        table, wrong = examined(witness, testimony.table)
        gaps += [f"{path.name}: {one}" for one in wrong]
        table = witness.with_kinds(table)
        tables.append(encoded(table) if name in _CODED else table)
        del testimony, table
        give_back()
    if not tables:
        empty = witness.with_kinds(witness.schema.empty_table())
        return encoded(empty) if name in _CODED else empty
    return pa.concat_tables(tables)


def _rows_held(path: Path, end: RunEnd) -> str:
    return f"; it held {end.rows[path.name]} rows" if path.name in end.rows else ""


def killed_lifetimes(server: pd.DataFrame) -> tuple[str, ...]:
    """Return the server's lives that have no start or no end in its receipts."""
    lives = server["lifetime"]
    whole: set[str] | None = None
    for kind in (ServerStarted, ServerStopped):
        own = _names(lives[is_kind(server, kind)])
        whole = own if whole is None else whole & own
    return tuple(name for name in sorted(_names(lives)) if name not in (whole or ()))


def _names(lives: pd.Series) -> set[str]:
    """Return the different lives, one that is missing as ``nan``."""
    return {str(name) for name in lives.unique()}
