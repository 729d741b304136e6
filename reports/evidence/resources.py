"""What the system under test used: series of its processes, its database and its server.

Everything is taken over the time of the load (first request due to last answer), where there was
one: before and after it a system rests, and the mean would be flattered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.core.outcome import Outcome
from harness.ledger.kinds.activity import (
    ActivityRow,
    Blind,
    DatabaseFigure,
    DatabaseFigureName,
    PageFigure,
    PageFigureName,
    ServerFigure,
    ServerFigureName,
)
from harness.ledger.kinds.base import name_of
from reports.core.kinds import of_kind, payloads
from reports.core.types import Floats
from reports.evidence.columnar import chosen
from reports.evidence.frame import LedgerFrames, id_counts

DATABASE = "postgres"
SERVER = "ingest"
"""The names under which the stack's processes are watched."""
WAIT_SAMPLES_MIN = 20
"""Samples of what statements wait for; fewer say nothing of how long."""
_WAITS: Mapping[str, DatabaseFigureName] = {
    "lock_held_per_impression_ms": "table_writers",
    "lock_wait_per_impression_ms": "statements_waiting_for_lock",
    "lwlock_wait_per_impression_ms": "statements_waiting_for_lwlock",
    "io_wait_per_impression_ms": "statements_waiting_for_io",
}

_AT_A_TIME = 1 << 18
"""Requests of a large ledger that are looked at together: it has millions."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values in time's order, seconds since the run's start."""

    at_s: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.at_s)

    def since(self, start_s: float) -> Series:
        """Return what is not earlier."""
        late = self.at_s >= start_s
        return Series(self.at_s[late], self.values[late])

    def between(self, start_s: float, end_s: float) -> Series:
        """Return what lies in this time, ends included."""
        inside = (self.at_s >= start_s) & (self.at_s <= end_s)
        return Series(self.at_s[inside], self.values[inside])


def cores(ledger: LedgerFrames) -> int:
    """Return how many cores the machine has; 0 where the run does not say."""
    try:
        return int(ledger.run.versions.get("cpus", 0))
    except (TypeError, ValueError):
        return 0


def load_span_s(ledger: LedgerFrames) -> tuple[float, float]:
    """Return from when to when the load was on; the whole run where there was none."""
    load = ledger.load
    if load.empty:
        return 0.0, float("inf")
    first, last = int(load["scheduled_ns"].min()), int(load["done_ns"].max())
    return (first - ledger.start_ns) / 1e9, (last - ledger.start_ns) / 1e9


def cpu_of(ledger: LedgerFrames, process: str) -> Series:
    """Return the cores that a process and its children used, a value for every sample but the first
    of each of its lives."""
    rows = _samples(ledger, process)
    at_s = ledger.seconds(rows["mono_ns"]).to_numpy(dtype=float)
    used, pid = rows["cpu_s"].to_numpy(dtype=float), rows["pid"].to_numpy(dtype=float)
    if len(rows) < 2:
        return Series(np.empty(0), np.empty(0))
    apart_s, more = np.diff(at_s), np.diff(used)
    good = (apart_s > 0) & (np.diff(pid) == 0) & (more >= 0)
    return Series(at_s[1:][good], more[good] / apart_s[good])


def memory_of(ledger: LedgerFrames, process: str) -> Series:
    """Return the resident bytes of a process and its children."""
    rows = _samples(ledger, process)
    return Series(
        ledger.seconds(rows["mono_ns"]).to_numpy(dtype=float),
        rows["rss_bytes"].to_numpy(dtype=float),
    )


def lives_of(ledger: LedgerFrames, process: str) -> int:
    """Return as how many processes one after the other a name was seen."""
    return int(_samples(ledger, process)["pid"].nunique())


def database_figure(ledger: LedgerFrames, name: DatabaseFigureName) -> Series:
    """Return the series of a figure of PostgreSQL."""
    return _figure(ledger, DatabaseFigure, name)


def server_figure(ledger: LedgerFrames, name: ServerFigureName) -> Series:
    """Return the series of a figure of the server."""
    return _figure(ledger, ServerFigure, name)


def page_figure(ledger: LedgerFrames, name: PageFigureName) -> Series:
    """Return the series of a figure of the pages."""
    return _figure(ledger, PageFigure, name)


def _figure(ledger: LedgerFrames, kind: type[ActivityRow], name: str) -> Series:
    rows = of_kind(ledger.activity, kind)
    rows = rows[(rows["name"] == name) & rows["value"].notna()].sort_values("mono_ns")
    return Series(
        ledger.seconds(rows["mono_ns"]).to_numpy(dtype=float),
        rows["value"].to_numpy(dtype=float),
    )


def why_blind(ledger: LedgerFrames, kind: type[ActivityRow], name: str) -> str:
    """Return why a figure could not be seen, in the witness's words; empty when it gave none."""
    names = [f"{name_of(kind)}:{one}" for one in (name, "everything")]
    return next((one.why for one in payloads(ledger.activity, Blind) if one.name in names), "")


def grown(series: Series, span_s: tuple[float, float]) -> float | None:
    """Return by how much a counter grew over a time, resets left out: from the last sample before
    it to the first one after it. None with fewer than two samples."""
    before = np.flatnonzero(series.at_s <= span_s[0])
    after = np.flatnonzero(series.at_s >= span_s[1])
    first = int(before[-1]) if len(before) else 0
    last = int(after[0]) + 1 if len(after) else len(series)
    values = series.values[first:last]
    if len(values) < 2:
        return None
    steps = np.diff(values)
    return float(steps[steps > 0].sum())


def impressions_by(ledger: LedgerFrames, at_s: Floats) -> Floats:
    """Return how many impressions the server had acknowledged to the load by each moment, or had
    processed by its receipts where there was no load."""
    load = ledger.load
    if not load.empty:
        done = chosen(load, load["outcome"] == Outcome.ACKNOWLEDGED.value)
        times = done["done_ns"]
    else:
        done = ledger.server[ledger.server["committed_mono_ns"].notna()]
        times = done["committed_mono_ns"]
    order, ids = np.argsort(at_s, kind="stable"), id_counts(done)
    asked, new = at_s[order], np.zeros(len(at_s) + 1)
    for begin in range(0, len(done), _AT_A_TIME):
        some = slice(begin, begin + _AT_A_TIME)
        moments = ledger.seconds(times.iloc[some]).to_numpy(dtype=float)
        # Which of the moments asked for is the first to have each: the last place stands for none.
        first = np.searchsorted(asked, moments, side="left")
        new += np.bincount(first, weights=ids[some], minlength=len(new))
    seen = np.empty(len(at_s))
    seen[order] = np.cumsum(new[:-1])
    return seen


def costs(ledger: LedgerFrames) -> dict[str, float]:
    """Return what an impression cost, by name with its unit last; what cannot be seen is left out.

    An impression here is one that the load was acknowledged. Rows per commit are those of the
    insert's own calls: PostgreSQL counts the watchers' reads as commits too.
    """
    if ledger.load.empty:
        return {}
    span = load_span_s(ledger)
    impressions = float(impressions_by(ledger, np.array([np.inf]))[0])
    if not impressions:
        return {}
    found = {"requests_per_1000_impressions": 1000 * len(ledger.load) / impressions}
    cpu_s = grown(_counter(ledger, DATABASE, "cpu_s"), span)
    if cpu_s is not None:
        found["database_cpu_per_impression_ms"] = 1000 * cpu_s / impressions
    server_s = grown(_counter(ledger, SERVER, "cpu_s"), span)
    if server_s is not None:
        found["server_cpu_per_impression_ms"] = 1000 * server_s / impressions
    wal = grown(database_figure(ledger, "wal_position_bytes"), span)
    if wal is not None:
        found["wal_per_impression_bytes"] = wal / impressions
    found["wire_per_impression_bytes"] = float(ledger.load["bytes"].sum()) / impressions
    calls = grown(database_figure(ledger, "insert_calls"), span)
    rows = grown(database_figure(ledger, "insert_rows"), span)
    spent_ms = grown(database_figure(ledger, "insert_exec_ms"), span)
    if calls and spent_ms is not None:
        found["insert_mean_ms"] = spent_ms / calls
    if calls:
        found["insert_calls_per_1000_impressions"] = 1000 * calls / impressions
        stored = grown(database_figure(ledger, "rows_inserted"), span) or rows or 0.0
        found["rows_per_commit"] = stored / calls
    return found | _waits(ledger, span, impressions)


def _waits(ledger: LedgerFrames, span: tuple[float, float], impressions: float) -> dict[str, float]:
    """Return for how long an impression's statements held the table's write lock and waited, in ms:
    how many did so on average, times how long the load was on."""
    found = {}
    for figure, name in _WAITS.items():
        samples = database_figure(ledger, name).between(*span)
        if len(samples) >= WAIT_SAMPLES_MIN:
            held_s = float(samples.values.mean()) * (span[1] - span[0])
            found[figure] = 1000 * held_s / impressions
    return found


def _counter(ledger: LedgerFrames, process: str, column: str) -> Series:
    """Return a process's counter as one that goes on when the process is started again."""
    rows = _samples(ledger, process)
    return Series(
        ledger.seconds(rows["mono_ns"]).to_numpy(dtype=float), rows[column].to_numpy(dtype=float)
    )


def _samples(ledger: LedgerFrames, process: str) -> pd.DataFrame:
    machine = ledger.machine
    rows: pd.DataFrame = machine[machine["process"] == process].sort_values("mono_ns")
    return rows
