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
from harness.rundir import END_FILE, RUN_FILE, checksum, read_json

RECEIPTS = "server.ndjson"
OUTCOME_UNKNOWN = "outcome_unknown"
"""A receipt's reason: the connection to the database broke, and nobody knows what was stored."""

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
    """One run's ledger. Every witness has a frame, empty where it said nothing.

    ``gaps`` say what is missing from the evidence; ``killed_lifetimes`` are the server's lives that
    have no end in the receipts.
    """

    directory: Path
    run: dict[str, Any]
    end: dict[str, Any] | None
    viewer: pd.DataFrame
    client: pd.DataFrame
    load: pd.DataFrame
    database: pd.DataFrame
    network: pd.DataFrame
    machine: pd.DataFrame
    activity: pd.DataFrame
    server: pd.DataFrame
    gaps: tuple[str, ...]
    killed_lifetimes: tuple[str, ...]

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
    if end is None:
        gaps.append("the run has no end: it was cut short")
    try:
        frames = {name: _read_witness_files(directory, name, end, gaps) for name in SCHEMAS}
        present = {path.name for path in directory.glob("*.arrows")}
        for name, rows in (end or {"rows": {}})["rows"].items():
            if name not in present:
                gaps.append(f"{name} is missing; it held {rows} rows")
        server = _read_receipts(directory, gaps)
        _require(run, end)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"{type(error).__name__}: {error}"
        raise LedgerUnreadable(f"the run directory {directory} is damaged: {what}") from error
    return LedgerFrames(
        directory=directory,
        run=run,
        end=end,
        server=server,
        gaps=tuple(gaps),
        killed_lifetimes=_killed_lifetimes(server),
        **frames,
    )


def exploded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per id of ``artworks``, as column ``artwork``; rows without ids go."""
    rows = frame.explode("artworks").rename(columns={"artworks": "artwork"})
    # Without any id the column would come out as numbers, and no longer join.
    return rows[rows["artwork"].notna()].astype({"artwork": "object"})


def _read_witness_files(
    directory: Path, witness: str, end: dict[str, Any] | None, gaps: list[str]
) -> pd.DataFrame:
    tables = []
    files = [*directory.glob(f"{witness}.arrows"), *directory.glob(f"{witness}-*.arrows")]
    for path in sorted(files):
        if end is not None and end.get("crc32", {}).get(path.name) != checksum(path):
            gaps.append(f"{path.name} is not as the run left it{_rows_held(path, end)}")
            continue
        testimony = read_witness(path)
        rows = testimony.table.num_rows
        if testimony.truncated:
            gaps.append(f"{path.name} ends in the middle of a batch, after {rows} rows")
        elif end is not None and rows != end["rows"].get(path.name):
            gaps.append(f"{path.name} holds {rows} of {end['rows'].get(path.name)} rows")
        tables.append(testimony.table.replace_schema_metadata(None))
    table = pa.concat_tables(tables) if tables else SCHEMAS[witness].empty_table()
    frame: pd.DataFrame = table.to_pandas(types_mapper=_NULLABLE.get)
    return frame


def _require(run: dict[str, Any], end: dict[str, Any] | None) -> None:
    """Raise KeyError, TypeError or ValueError unless everything that is read later is there."""
    int(run["started_mono_ns"]), int(run["seed"]), str(run["scenario"]), dict(run["arm"])
    for check in run["checks"]:
        str(check["name"]), dict(check["parameters"])
    if end is not None:
        int(end["ended_mono_ns"]), str(end["status"]), str(end["reason"])


def _rows_held(path: Path, end: dict[str, Any]) -> str:
    return f"; it held {end['rows'][path.name]} rows" if path.name in end["rows"] else ""


def _read_receipts(directory: Path, gaps: list[str]) -> pd.DataFrame:
    receipts: list[dict[str, Any]] = []
    path = directory / RECEIPTS
    if path.exists():
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                receipt = _receipt(line)
                if receipt is None:
                    gaps.append(f"{RECEIPTS}:{number} is not a receipt")
                else:
                    receipts.append(receipt)
    foreign = {str(receipt.get("format")) for receipt in receipts} - {str(FORMAT)}
    if foreign:
        raise LedgerUnreadable(f"{path} has receipts of format {', '.join(sorted(foreign))}")
    frame = pd.DataFrame(receipts, columns=list(RECEIPT_COLUMNS))
    return frame.astype({k: v for k, v in RECEIPT_COLUMNS.items() if v != "object"})


def _receipt(line: bytes) -> dict[str, Any] | None:
    """Return the line as a receipt, or None if it is not one."""
    try:
        receipt = json.loads(line)
    except ValueError:
        return None
    if not isinstance(receipt, dict):
        return None
    for name, kind in RECEIPT_COLUMNS.items():
        value = receipt.get(name)
        if value is not None and not _fits(value, kind):
            return None
    return receipt


def _fits(value: object, kind: str) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "Int64":
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _killed_lifetimes(server: pd.DataFrame) -> tuple[str, ...]:
    lives = server.groupby("lifetime", dropna=False)["kind"]
    return tuple(str(name) for name, kinds in lives if not {"started", "stopped"} <= set(kinds))
