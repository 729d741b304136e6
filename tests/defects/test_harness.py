"""Defects of the harness: what is read, recorded and judged, and what not."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from defects import registry
from defects.base import HarnessDefect
from harness.core.clock import NS_PER_S, Instant
from harness.core.clock import now as real_now
from harness.ledger.files import WitnessFile, read_witness
from harness.ledger.kinds import ACTIVITY, CLIENT, DATABASE, MACHINE, NETWORK, VIEWER
from harness.ledger.kinds.activity import DatabaseFigure, ServerFigure
from harness.ledger.kinds.base import LedgerRow, Witness
from harness.ledger.kinds.client import (
    Acknowledged,
    Adopted,
    Attempt,
    FlushAsked,
    Persisted,
    Recorded,
    RetryScheduled,
    SignedIn,
    Unanswered,
    VisibilityChanged,
)
from harness.ledger.kinds.database import Appeared, DatabaseSetting, FinalRow, Poll
from harness.ledger.kinds.machine import ProcessSample
from harness.ledger.kinds.network import FaultEnd, LoadStepStart, RequestActedOn
from harness.ledger.kinds.viewer import ViewShown
from harness.ledger.rundir import CheckSpec
from harness.run import run as run_module
from harness.run.quiescence import Quiescence
from harness.witnesses import catalogue, database
from harness.witnesses.database import DatabaseWitness, Rows
from harness.witnesses.topology.every_shard import ShardsWitness
from reports.checks import CHECKS
from reports.judging import findings
from reports.verdict.verdict import Finding, Verdict
from tests.seeded.observing import (
    Here,
    Observe,
    differs_in_the_defect_alone,
    is_of_what_happens,
    module_of,
)

DEFECTS = {
    name: one
    for name, one in registry.all_defects().items()
    if one.layer == "harness" and isinstance(one, HarnessDefect) and not is_of_what_happens(name)
}
ROWS = {("ann", name): (1, 1) for name in "abcdef"}
_READS = "harness.witnesses.database:DatabaseWitness."
_FINDS = "reports.checks.base:Check.__call__"


def nothing(here: Here) -> None:
    """Stub nothing: what is real is called."""


# --- reading --------------------------------------------------------------------------------------


def reads(here: Here) -> None:
    async def read(witness: Any) -> Any:
        return ROWS

    async def look(witness: Any, at: Instant) -> None:
        witness.append("looked")

    async def final(witness: Any) -> int:
        return 3

    async def not_reached(quiescence: Any, timeout_s: float) -> str:
        return "busy"

    here.stub(f"{_READS}_read", read)
    here.stub(f"{_READS}_look", look)
    here.stub(f"{_READS}final", final)
    here.stub("harness.run.quiescence:Quiescence._not_reached", not_reached)


def what_is_read(here: Here) -> Any:
    looked: list[str] = []
    written: list[str] = []

    async def execute(query: str) -> None:
        written.append(query)

    async def connect() -> Any:
        return SimpleNamespace(execute=execute)

    async def read() -> Any:
        witness: Any = SimpleNamespace(connection=connect)
        quiescence: Any = None
        for _ in range(2):
            await DatabaseWitness._look(looked, real_now())  # type: ignore[arg-type]
        return (
            await DatabaseWitness._read(witness),
            await DatabaseWitness.final(witness),
            await Quiescence._not_reached(quiescence, 1.0),
        )

    return asyncio.run(read()), looked, written


def asks(here: Here) -> None:
    async def ask(witness: Any, query: object) -> list[tuple[object, ...]]:
        return [("Ann", f" {name}{'x' * 70}", 1, None) for name in "abcdef"]

    here.stub(f"{_READS}ask", ask)


def what_is_asked(here: Here) -> Any:
    witness: Any = SimpleNamespace(_query="rows")
    return [
        asyncio.run(DatabaseWitness.ask(witness, query))  # type: ignore[arg-type]
        for query in ("rows", "another")
    ]


def asks_each(here: Here) -> None:
    async def ask_each(witness: Any, query: object) -> list[list[tuple[object, ...]]]:
        return [[("ann", "a", 1, None)], [("bob", "b", 1, None)]]

    here.stub("harness.witnesses.topology.every_shard:ShardsWitness._ask_each", ask_each)


def what_shards_are_asked(here: Here) -> Any:
    witness: Any = SimpleNamespace(_query="rows")
    return [
        asyncio.run(ShardsWitness._ask_each(witness, query))  # type: ignore[arg-type]
        for query in ("rows", "another")
    ]


def connects(here: Here) -> None:
    async def connect(dsn: str) -> Any:
        async def one() -> tuple[str]:
            return ("owner",)

        async def execute(query: object) -> Any:
            executed.append(str(query))
            return SimpleNamespace(fetchone=one)

        executed: list[str] = []
        return SimpleNamespace(execute=execute, executed=executed)

    here.stub("harness.witnesses.database:connected", connect)
    here.stub("harness.witnesses.catalogue:connected", connect)


def what_is_executed_first(here: Here) -> list[list[str]]:
    return [
        asyncio.run(module.connected("dsn")).executed  # type: ignore[attr-defined]
        for module in (database, catalogue)
    ]


def reads_that_grow(here: Here) -> None:
    counts = iter(range(1, 10))

    async def read(witness: Any) -> Any:
        return dict.fromkeys(range(next(counts)), (1, 1))

    async def final(witness: Any) -> int:
        return len(await DatabaseWitness._read(witness))

    here.stub(f"{_READS}_read", read)
    here.stub(f"{_READS}final", final)
    here.patch.setattr(module_of(DEFECTS["final_read_too_early"]), "EARLY_S", 0.0)


def final_rows(here: Here) -> int:
    async def read() -> int:
        for _ in range(3):
            await DatabaseWitness._read(None)  # type: ignore[arg-type]
        module = module_of(DEFECTS["final_read_too_early"])
        here.patch.setattr(module, "EARLY_S", 1e-9)
        return await DatabaseWitness.final(None)  # type: ignore[arg-type]

    return asyncio.run(read())


# --- recording ------------------------------------------------------------------------------------


def recorded(here: Here) -> list[list[str]]:
    viewer = WitnessFile(here.directory / "viewer.arrows", VIEWER)
    client = WitnessFile(here.directory / "client.arrows", CLIENT)
    for number in range(40):
        viewer.saw(ViewShown(user="ann", tab="t", artwork=f"a-{number}"))
        client.saw(Acknowledged(user="ann", tab="t", batch=f"b-{number}"))
    viewer.close()
    client.close()
    return [
        read_witness(viewer.path).table["artwork"].to_pylist(),
        read_witness(client.path).table["batch"].to_pylist(),
    ]


EXAMPLES: list[tuple[Witness[Any], LedgerRow]] = [
    (CLIENT, Acknowledged(user="ann", tab="t")),
    (CLIENT, Attempt(user="ann", tab="t")),
    (CLIENT, Adopted(user="ann", tab="t")),
    (CLIENT, RetryScheduled(user="ann", tab="t")),
    (CLIENT, SignedIn(user="ann", tab=None)),
    (CLIENT, Persisted(user="ann", tab="t", artworks=("a",))),
    (CLIENT, VisibilityChanged(user="ann", tab="t", reason="hidden")),
    (CLIENT, FlushAsked(user="ann", tab="t")),
    (NETWORK, FaultEnd(fault="f")),
    (NETWORK, LoadStepStart(rate_per_s=1.0, step=0)),
    (NETWORK, RequestActedOn(fault="f", method="GET", path="/", did="lost")),
    (MACHINE, ProcessSample(process="p", pid=1, cpu_s=0.0, rss_bytes=1)),
    (DATABASE, DatabaseSetting(name="fsync", value="on")),
    (DATABASE, FinalRow(user="ann", artwork="a", copies=1)),
    (DATABASE, Appeared(user="ann", artwork="a", copies=1)),
]


def kinds_written(here: Here) -> list[str]:
    """Write a row of each kind, one and in a batch; return the kinds that are in the files."""
    found: list[str] = []
    for number, (witness, row) in enumerate(EXAMPLES):
        file = WitnessFile(here.directory / f"{witness.name}-{number}.arrows", witness)
        file.saw(row)
        file.close()
        found += witness.with_kinds(read_witness(file.path).table)["kind"].to_pylist()
    file = WitnessFile(here.directory / "database-batch.arrows", DATABASE)
    columns = {"user": ["ann"], "artwork": ["a"], "copies": [1], "mono_ns": [1], "wall_ns": [1]}
    for kind in (FinalRow, Appeared):
        file.append(DATABASE.batch(kind, columns, 1))
    file.close()
    return [*found, *read_witness(file.path).table["kind"].to_pylist()]


REPORTED = {"user": "ann", "tab": "t", "batch": "b", "queue_depth": 2, "artworks": ("a", "b")}


def what_pages_and_polls_report(here: Here) -> list[list[dict[str, Any]]]:
    """Write events of a page and polls; return what is in the files, in its order."""
    client = WitnessFile(here.directory / "client.arrows", CLIENT)
    table = WitnessFile(here.directory / "database.arrows", DATABASE)
    for number, kind in enumerate((Recorded, Recorded, Persisted, Attempt, Unanswered), 1):
        attempt = 1 if kind in (Attempt, Unanswered) else None
        client.saw(kind(**REPORTED, number=number, attempt=attempt))
        table.saw(Poll(rows=number))
    client.saw(Acknowledged(**REPORTED, number=6, attempt=2, status=200, inserted=2))
    found = []
    for file in (client, table):
        file.close()
        rows = read_witness(file.path).table.drop_columns(["mono_ns", "wall_ns"])
        found.append(rows.to_pylist())
    return found


def what_is_sampled(here: Here) -> list[list[float]]:
    """Write three samples of each kind; return the figures in the files, in their order."""
    activity = WitnessFile(here.directory / "activity.arrows", ACTIVITY)
    machine = WitnessFile(here.directory / "machine.arrows", MACHINE)
    for number in range(3):
        activity.saw(ServerFigure(name="in_flight", value=float(number)))
        activity.saw(DatabaseFigure(name="commits", value=10.0 + number))
        machine.saw(ProcessSample(process="ingest", pid=1, cpu_s=number, rss_bytes=20 + number))
    found = []
    for file, column in ((activity, "value"), (machine, "rss_bytes")):
        file.close()
        found.append(read_witness(file.path).table[column].to_pylist())
    return found


def seen_at(here: Here) -> int:
    file = WitnessFile(here.directory / "viewer.arrows", VIEWER)
    file.saw(ViewShown(user="ann", tab="t", artwork="a"), at=Instant(5, 7))
    file.close()
    [at_ns] = read_witness(file.path).table["mono_ns"].to_pylist()
    return int(at_ns)


def clock(here: Here) -> int:
    return round((database.now().mono_ns - real_now().mono_ns) / NS_PER_S)


def times_read(here: Here) -> Rows:
    return database.by_key([("ann", "a", 1, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))])


def ends(here: Here) -> None:
    async def settle(quiescence: Any) -> None: ...

    def end_run(directory: Path) -> None:
        (directory / "viewer.arrows").write_bytes(b"x" * 100)
        (directory / "database.arrows").write_bytes(b"y" * 100)
        lines = [{"kind": "started"}, {"kind": "batch"}, {"kind": "stopped"}]
        (directory / "server.ndjson").write_text("".join(json.dumps(n) + "\n" for n in lines))

    here.stub("harness.run.quiescence:Quiescence.settle", settle)
    here.stub("harness.run.run:end_run", end_run)


def what_is_left(here: Here) -> dict[str, bytes]:
    asyncio.run(Quiescence.settle(None))  # type: ignore[arg-type]
    run_module.end_run(here.directory)  # type: ignore[attr-defined, call-arg]
    return {path.name: path.read_bytes() for path in here.directory.iterdir()}


# --- judging --------------------------------------------------------------------------------------


def finds(here: Here) -> None:
    def finding(check: Any, evidence: Any, **parameters: Any) -> Finding:
        return Finding(check=check.name, verdict=Verdict.PASS, summary="")

    here.stub(_FINDS, finding)


def what_is_found(here: Here) -> list[Verdict]:
    specs = [CheckSpec(name=name) for name in CHECKS]
    evidence: Any = SimpleNamespace(capabilities=frozenset(), ledger=SimpleNamespace(gaps=()))
    return [findings.finding_of(evidence, spec).verdict for spec in specs]


OBSERVED: dict[str, tuple[Callable[[Here], None], Observe]] = {
    "final_read_too_early": (reads_that_grow, final_rows),
    "policy_hides_rows": (connects, what_is_executed_first),
    **dict.fromkeys(
        (
            "final_read_of_another_schema",
            "blind_poller",
            "poller_repeats_itself",
            "another_run_s_rows",
        ),
        (reads, what_is_read),
    ),
    **dict.fromkeys(
        ("viewer_silent", "viewer_invents", "viewer_blinks", "events_lost"), (nothing, recorded)
    ),
    **dict.fromkeys(
        [name for name in DEFECTS if name.endswith("_unwritten")], (nothing, kinds_written)
    ),
    **dict.fromkeys(("viewer_ahead", "viewer_behind"), (nothing, seen_at)),
    **dict.fromkeys(
        [name for name in DEFECTS if "reported" in registry._places()[name].parts],
        (nothing, what_pages_and_polls_report),
    ),
    **dict.fromkeys(("views_written_twice", "answers_written_twice"), (nothing, recorded)),
    **dict.fromkeys(
        (
            "half_of_the_table_read",
            "read_in_lower_case",
            "read_without_spaces",
            "read_up_to_64",
        ),
        (asks, what_is_asked),
    ),
    "three_of_four_shards": (asks_each, what_shards_are_asked),
    **dict.fromkeys(("clock_three_seconds_off", "clock_three_seconds_behind"), (nothing, clock)),
    **dict.fromkeys(
        ("ledger_cut", "ledger_gone", "receipts_gone", "receipts_rotated", "receipts_end_early"),
        (ends, what_is_left),
    ),
    "times_read_two_hours_later": (nothing, times_read),
    **dict.fromkeys(
        ("server_figures_frozen", "database_figures_frozen", "memory_figures_frozen"),
        (nothing, what_is_sampled),
    ),
    **dict.fromkeys(("check_crashes", "check_gone"), (finds, what_is_found)),
}


def test_every_defect_is_observed() -> None:
    assert OBSERVED.keys() == DEFECTS.keys()


@pytest.mark.parametrize("name", OBSERVED)
def test_it_changes_what_is_read_recorded_or_judged(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    differs_in_the_defect_alone(DEFECTS[name], *OBSERVED[name], tmp_path, monkeypatch)
