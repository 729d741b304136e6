"""A run directory as typed data frames: one per witness, and what is missing from the evidence.

Reading never repairs. A file that ends in the middle of a batch, holds fewer rows than the run
wrote down at its end, or is not there at all becomes a *gap*, in words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from harness.errors import LedgerUnreadable
from harness.ledger import read_witness
from harness.observations import FORMAT, SCHEMAS
from harness.rundir import END_FILE, RUN_FILE, read_json

RECEIPTS = "server.ndjson"
RECEIPT_COLUMNS = {
    "kind": "string",
    "lifetime": "string",
    "user": "string",
    "batch": "string",
    "tab": "string",
    "seq": "Int64",
    "attempt": "Int64",
    "transport": "string",
    "artworks": "object",
    "status": "Int64",
    "reason": "string",
    "received": "Int64",
    "inserted": "Int64",
    "duplicate": "Int64",
    "rejected": "Int64",
    "bytes": "Int64",
    "mono_ns": "Int64",
    "received_mono_ns": "Int64",
    "received_wall_ns": "Int64",
    "committed_mono_ns": "Int64",
    "committed_wall_ns": "Int64",
}

# Times are nanoseconds beyond 2**53: a column with a null must not become a float.
_NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.int32(): pd.Int32Dtype()}


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFrames:
    """One run's ledger. Every witness has a frame, empty where it said nothing."""

    directory: Path
    run: dict[str, Any]
    end: dict[str, Any] | None
    viewer: pd.DataFrame
    client: pd.DataFrame
    load: pd.DataFrame
    database: pd.DataFrame
    network: pd.DataFrame
    machine: pd.DataFrame
    server: pd.DataFrame
    gaps: tuple[str, ...]

    @property
    def start_ns(self) -> int:
        """Return the run's start on the monotonic clock."""
        return int(self.run["started_mono_ns"])

    def seconds(self, mono_ns: pd.Series) -> pd.Series:
        """Return monotonic times as seconds since the run's start."""
        return (mono_ns - self.start_ns) / 1e9


def read_ledger(directory: Path) -> LedgerFrames:
    """Read a run directory, however the run ended.

    Raises LedgerUnreadable when it is not a run directory or of another format.
    """
    run = read_json(directory / RUN_FILE)
    if run.get("format") != FORMAT:
        raise LedgerUnreadable(f"{directory} has format {run.get('format')!r}, not {FORMAT}")
    gaps: list[str] = []
    end = read_json(directory / END_FILE) if (directory / END_FILE).exists() else None
    promised: dict[str, int] = dict(end["rows"]) if end else {}
    if end is None:
        gaps.append("the run has no end: it was cut short")
    frames = {name: _read_witness_files(directory, name, promised, gaps) for name in SCHEMAS}
    for name, rows in promised.items():
        gaps.append(f"{name} is missing; it held {rows} rows")
    return LedgerFrames(
        directory=directory,
        run=run,
        end=end,
        server=_read_receipts(directory, gaps),
        gaps=tuple(gaps),
        **frames,
    )


def exploded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per id of ``artworks``, as column ``artwork``; rows without ids go."""
    rows = frame.explode("artworks").rename(columns={"artworks": "artwork"})
    # Without any id the column would come out as numbers, and no longer join.
    return rows[rows["artwork"].notna()].astype({"artwork": "object"})


def _read_witness_files(
    directory: Path, witness: str, promised: dict[str, int], gaps: list[str]
) -> pd.DataFrame:
    tables = []
    for path in sorted(
        [*directory.glob(f"{witness}.arrows"), *directory.glob(f"{witness}-*.arrows")]
    ):
        testimony = read_witness(path)
        rows = testimony.table.num_rows
        expected = promised.pop(path.name, None)
        if testimony.truncated:
            gaps.append(f"{path.name} ends in the middle of a batch, after {rows} rows")
        elif expected is not None and rows != expected:
            gaps.append(f"{path.name} holds {rows} of {expected} rows")
        tables.append(testimony.table.replace_schema_metadata(None))
    table = pa.concat_tables(tables) if tables else SCHEMAS[witness].empty_table()
    frame: pd.DataFrame = table.to_pandas(types_mapper=_NULLABLE.get)
    return frame


def _read_receipts(directory: Path, gaps: list[str]) -> pd.DataFrame:
    lines: list[dict[str, Any]] = []
    path = directory / RECEIPTS
    if path.exists():
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    lines.append(json.loads(line))
                except ValueError:
                    gaps.append(f"{RECEIPTS}:{number} is not a whole line")
    foreign = {str(line.get("format")) for line in lines} - {str(FORMAT)}
    if foreign:
        raise LedgerUnreadable(f"{path} has receipts of format {', '.join(sorted(foreign))}")
    frame = pd.DataFrame(lines, columns=list(RECEIPT_COLUMNS))
    return frame.astype({k: v for k, v in RECEIPT_COLUMNS.items() if v != "object"})
