"""A synthetic run of ten million observations, and how long the report takes to judge it.

An observation is one row of a witness file or one receipt. The run is a load of impressions in
batches of four, each shown (intent and showing), sent, receipted, seen by a poll and in the final
read, so that every one is recorded once; written in the real formats, seeded.

    python -m benchmarks.big_ledger DIRECTORY [--observations N]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.core.clock import Instant
from harness.ledger.json_files import write_record
from harness.ledger.kinds import WITNESSES
from harness.ledger.rundir import (
    END_FILE,
    RUN_FILE,
    CheckSpec,
    RunEnd,
    RunPlan,
    RunRecord,
    checksum,
)
from harness.ledger.schema import FORMAT

IDS = 4
"""Impressions in a batch."""
A_GROUP = 4 * IDS + 2
"""Observations of a batch: two views, a sight and a final row of each id; a request, a receipt."""
USERS = 10_000
RATE_PER_S = 1_666.667
_CHUNK = 20_000
_START = Instant(5_000_000_000_000, 1_790_000_000_000_000_000)

Ints = npt.NDArray[np.int64]


def write_big_ledger(directory: Path, observations: int) -> int:
    """Write a run directory with about this number of observations; return the exact number."""
    directory.mkdir(parents=True)
    batches = observations // A_GROUP
    span_s = batches * IDS / RATE_PER_S
    write_record(directory / RUN_FILE, _run(batches))
    counts: dict[str, int] = {}
    for name, columns in (
        ("viewer", _views),
        ("load", _requests),
        ("database", _rows),
    ):
        counts[f"{name}.arrows"] = _write(directory, name, columns(batches))
    counts["network.arrows"] = _write(directory, "network", iter([_quiet(span_s, batches * IDS)]))
    machine = _machine(span_s, batches)
    counts["machine.arrows"] = _write(directory, "machine", iter([machine]))
    counts["activity.arrows"] = _write(directory, "activity", iter([_activity(span_s)]))
    _write(directory, "client", iter([]))
    counts["client.arrows"] = 0
    receipts = _write_receipts(directory / "server.ndjson", batches)
    end = _at(span_s + 5)
    record = RunEnd(
        status="complete",
        reason="",
        ended_mono_ns=end.mono_ns,
        ended_wall_ns=end.wall_ns,
        rows=counts,
        crc32={path.name: checksum(path) for path in sorted(directory.glob("*.arrows"))},
    )
    write_record(directory / END_FILE, record)
    return sum(counts.values()) + receipts


def _run(batches: int) -> RunRecord:
    checks: list[tuple[str, Mapping[str, float]]] = [
        ("views_as_planned", {"views": batches * IDS}),
        *((name, {}) for name in ("nothing_lost", "nothing_twice", "nothing_unshown")),
        *((name, {}) for name in ("nothing_corrupt", "every_view_carried", "conservation")),
        ("load_as_planned", {"impressions": batches * IDS}),
        ("latency_p95", {"limit_ms": 100, "for_s": 30}),
        ("flush_success", {"minimum": 0.995}),
        ("in_time", {"within_s": 10}),
        ("generator_healthy", {}),
        ("workers_whole", {}),
        ("offered_rate", {"slots": batches}),
        ("new_row_share", {"minimum": 0.9}),
        ("database_cpu", {"limit_percent": 60}),
        ("memory_growth", {"limit_bytes": 10}),
    ]
    plan = RunPlan(
        scenario="big_ledger",
        arm={"workload": "synthetic"},
        seed=1,
        checks=tuple(CheckSpec(name=name, parameters=given) for name, given in checks),
    )
    return RunRecord(
        plan=plan,
        started="20261126T000000Z",
        started_mono_ns=_START.mono_ns,
        started_wall_ns=_START.wall_ns,
        versions={"cpus": "2"},
    )


class _Batches:
    """A stretch of batches as columns: who, what and when."""

    def __init__(self, first: int, count: int) -> None:
        chance = np.random.default_rng(first)
        number = np.arange(first, first + count)
        self.count = count
        self.user = pa.array([f"load-1-{n:05d}" for n in (number % USERS).tolist()])
        # A user's n-th batch: its ids are new to him, and many users see the same artworks.
        base = (number // USERS) * IDS
        self.artwork = pa.array(
            [f"load-{n:06d}" for n in (base[:, None] + np.arange(IDS)).ravel().tolist()]
        )
        self.batch = pa.array([f"{n:016x}" for n in (number * 2654435761).tolist()])
        self.due_ns = _START.mono_ns + (number * IDS / RATE_PER_S * 1e9).astype(np.int64) + 10**9
        self.sent_ns = self.due_ns + chance.exponential(4e5, count).astype(np.int64)
        self.took_ns = (2e6 + chance.gamma(2.0, 4e6, count)).astype(np.int64)
        self.committed_ns = self.sent_ns + self.took_ns // 2

    def each(self, column: pa.Array) -> pa.Array:
        """Return a batch's value for each of its ids."""
        return column.take(pa.array(np.repeat(np.arange(self.count), IDS)))

    def times(self, mono_ns: Ints) -> dict[str, Ints]:
        """Return both clocks of a moment for each id."""
        each = np.repeat(mono_ns, IDS)
        return {"mono_ns": each, "wall_ns": each + (_START.wall_ns - _START.mono_ns)}


def _chunks(batches: int) -> Iterator[_Batches]:
    for first in range(0, batches, _CHUNK):
        yield _Batches(first, min(_CHUNK, batches - first))


def _views(batches: int) -> Iterator[dict[str, Any]]:
    for part in _chunks(batches):
        user = part.each(part.user)
        for kind, before_ns in (("view_intent", 2_000_000_000), ("view_shown", 1_990_000_000)):
            yield {
                **part.times(part.due_ns - before_ns),
                "kind": pa.repeat(kind, len(user)),
                "user": user,
                "tab": user,
                "artwork": part.artwork,
            }


def _requests(batches: int) -> Iterator[dict[str, Any]]:
    for part in _chunks(batches):
        offsets = pa.array(np.arange(part.count + 1, dtype=np.int32) * IDS)
        yield {
            "mono_ns": part.sent_ns,
            "wall_ns": part.sent_ns + (_START.wall_ns - _START.mono_ns),
            "scheduled_ns": part.due_ns,
            "sent_ns": part.sent_ns,
            "done_ns": part.sent_ns + part.took_ns,
            "user": part.user,
            "tab": part.user,
            "batch": part.batch,
            "attempt": np.ones(part.count, dtype=np.int32),
            "outcome": pa.repeat("acknowledged", part.count),
            "status": np.full(part.count, 200, dtype=np.int32),
            "bytes": np.full(part.count, 190, dtype=np.int32),
            "inserted": np.full(part.count, IDS, dtype=np.int32),
            "artworks": pa.ListArray.from_arrays(offsets, part.artwork),
        }


def _rows(batches: int) -> Iterator[dict[str, Any]]:
    """Yield what the polls saw appear, a poll after each, and at last the whole table."""
    apart = _START.wall_ns - _START.mono_ns
    for part in _chunks(batches):
        user = part.each(part.user)
        seen_ns = part.committed_ns + 300_000_000
        yield {
            **part.times(seen_ns),
            "kind": pa.repeat("appeared", len(user)),
            "user": user,
            "artwork": part.artwork,
            "copies": np.ones(len(user), dtype=np.int32),
            "viewed_wall_ns": _grain(np.repeat(part.sent_ns, IDS) + apart),
        }
        # One a second and a half: polls of a table of this size are rare.
        polls = np.arange(int(seen_ns[0]), int(seen_ns[-1]) + 1, 1_500_000_000)
        yield {
            "mono_ns": polls - 100_000_000,
            "wall_ns": polls - 100_000_000 + apart,
            "kind": pa.repeat("poll", len(polls)),
            "rows": np.arange(len(polls), dtype=np.int64),
        }
    end = _at(batches * IDS / RATE_PER_S + 3)
    for part in _chunks(batches):
        user = part.each(part.user)
        yield {
            "mono_ns": np.full(len(user), end.mono_ns),
            "wall_ns": np.full(len(user), end.wall_ns),
            "kind": pa.repeat("final_row", len(user)),
            "user": user,
            "artwork": part.artwork,
            "copies": np.ones(len(user), dtype=np.int32),
            "viewed_wall_ns": _grain(np.repeat(part.sent_ns, IDS) + apart),
        }
    yield {
        "mono_ns": [end.mono_ns],
        "wall_ns": [end.wall_ns],
        "kind": ["final"],
        "rows": [batches * IDS],
    }


def _quiet(span_s: float, rows: int) -> dict[str, Any]:
    end = _at(span_s + 3)
    return {
        "mono_ns": [end.mono_ns],
        "wall_ns": [end.wall_ns],
        "kind": ["quiescence"],
        "value": [float(rows)],
        "detail": ["two equal reads"],
    }


def _machine(span_s: float, batches: int) -> dict[str, Any]:
    columns: dict[str, list[Any]] = {name: [] for name in WITNESSES["machine"].schema.names}
    for second in range(int(span_s) + 4):
        sent = min(batches, int(second * RATE_PER_S / IDS))
        health = {
            "loop_delay_ms_p99": 1.5,
            "lag_ms_p99": 1.0,
            "in_flight": 6,
            "scheduled": sent,
            "sent": sent,
        }
        for process, cores in (("postgres", 0.4), ("ingest", 0.5), ("generator-0", 0.4)):
            at = _at(float(second))
            row = {
                "mono_ns": at.mono_ns,
                "wall_ns": at.wall_ns,
                "process": process,
                "pid": 7,
                "cpu_s": cores * second,
                "rss_bytes": 100_000_000 + (second * 7919) % 4096,
                "detail": json.dumps(health) if process == "generator-0" else None,
            }
            for name, column in columns.items():
                column.append(row.get(name))
    return columns


def _activity(span_s: float) -> dict[str, Any]:
    seconds = np.arange(int(span_s) + 3)
    figures: dict[str, Callable[[Ints], Ints]] = {
        "wal_position_bytes": lambda s: s * 1_200_000,
        "insert_calls": lambda s: s * 100,
        "rows_inserted": lambda s: (s * RATE_PER_S).astype(np.int64),
    }
    mono_ns = np.concatenate([_START.mono_ns + seconds * 10**9] * len(figures))
    return {
        "mono_ns": mono_ns,
        "wall_ns": mono_ns + (_START.wall_ns - _START.mono_ns),
        "kind": pa.repeat("database", len(mono_ns)),
        "name": pa.array(np.repeat(list(figures), len(seconds))),
        "value": np.concatenate([of(seconds) for of in figures.values()]).astype(float),
    }


def _write(directory: Path, witness: str, parts: Iterator[dict[str, Any]]) -> int:
    schema = WITNESSES[witness].schema.with_metadata({"witness": witness, "format": str(FORMAT)})
    rows = 0
    path = str(directory / f"{witness}.arrows")
    with pa.OSFile(path, "wb") as sink, pa.ipc.new_stream(sink, schema) as out:
        for columns in parts:
            count = len(columns["mono_ns"])
            arrays = [
                pa.array(columns[field.name], field.type)
                if field.name in columns
                else pa.nulls(count, field.type)
                for field in schema
            ]
            out.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
            rows += count
    return rows


def _write_receipts(path: Path, batches: int) -> int:
    lines = 0
    apart = _START.wall_ns - _START.mono_ns
    with path.open("w", encoding="utf-8") as file:
        file.write('{"format": 1, "kind": "started", "lifetime": "l", "mono_ns": 1}\n')
        for part in _chunks(batches):
            users, names = part.user.to_pylist(), part.batch.to_pylist()
            artworks = part.artwork.to_pylist()
            sent, committed = part.sent_ns.tolist(), part.committed_ns.tolist()
            for n, (user, batch) in enumerate(zip(users, names, strict=True)):
                ids = '","'.join(artworks[n * IDS : n * IDS + IDS])
                file.write(
                    f'{{"format":1,"kind":"batch","lifetime":"l","user":"{user}","batch":"{batch}",'
                    f'"tab":"{user}","seq":{n},"attempt":1,"transport":"load","artworks":["{ids}"],'
                    f'"status":200,"reason":null,"received":{IDS},"inserted":{IDS},"duplicate":0,'
                    f'"rejected":0,"bytes":190,"received_mono_ns":{sent[n] + 400_000},'
                    f'"received_wall_ns":{sent[n] + 400_000 + apart},'
                    f'"committed_mono_ns":{committed[n]},'
                    f'"committed_wall_ns":{committed[n] + apart}}}\n'
                )
            lines += part.count
        file.write('{"format": 1, "kind": "stopped", "lifetime": "l", "mono_ns": 2}\n')
    return lines + 2


def _grain(wall_ns: Ints) -> Ints:
    return wall_ns // 1000 * 1000 + 1000  # PostgreSQL keeps whole microseconds


def _at(seconds: float) -> Instant:
    ns = round(seconds * 1e9)
    return Instant(_START.mono_ns + ns, _START.wall_ns + ns)


def main() -> int:
    """Write the run; the report is then `harness report DIRECTORY`, timed from outside."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.big_ledger", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--observations", type=int, default=10_000_000)
    arguments = parser.parse_args()
    print(f"{write_big_ledger(arguments.directory, arguments.observations):,} observations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
