"""A silent worker is lost, a late one lags; a master that was held up blames no worker for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.core.clock import NS_PER_S, Instant
from harness.ledger.files import read_witness
from harness.load.generator import master as master_module
from harness.load.generator.master import LATE_S, LOST_S, Master, _Worker
from harness.load.generator.task import Plan
from harness.load.schedule.schedule import Workload
from harness.target.system import REFERENCE

WORKLOAD = Workload(sessions=1, impressions=1, duration_s=9.0)


class Clock:
    """A machine's monotonic clock that goes on as the test sets it."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def monotonic_ns(self) -> int:
        return round(self.now_s * NS_PER_S)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    clocks = SimpleNamespace(monotonic_ns=clock.monotonic_ns, monotonic=time.monotonic)
    monkeypatch.setattr(master_module, "time", clocks)
    return clock


@pytest.fixture
def master(tmp_path: Path, clock: Clock) -> Iterator[Master]:
    plan = Plan(
        directory=str(tmp_path), host="h", seed=1, workload=WORKLOAD, system=REFERENCE, sessions={}
    )
    master = Master(SimpleNamespace(register_message=lambda *_: None), plan)
    master._origin = Instant(clock.monotonic_ns(), 0)
    master._looked_ns = clock.monotonic_ns()
    master._workers = {
        name: _Worker(number=number, client=name, heard_ns=clock.monotonic_ns())
        for number, name in enumerate(("one", "other"))
    }
    yield master
    master._network.close()


def pass_time(master: Master, clock: Clock, seconds: float, *speakers: str) -> None:
    """Let time pass, a look every tenth of a second and a beat of the speakers every second."""
    for step in range(round(seconds * 10)):
        clock.now_s += 0.1
        if step % 10 == 9:
            beat(master, clock, *speakers)
        master._look(list(master._workers.values()))


def beat(master: Master, clock: Clock, *speakers: str) -> None:
    elapsed_s = clock.now_s - master._origin.mono_ns / NS_PER_S
    for name in speakers:
        data = {"report": {"elapsed_s": elapsed_s}}
        master._on_beat(SimpleNamespace(node_id=name, data=data))


def lost(master: Master) -> list[str]:
    return [name for name, worker in master._workers.items() if worker.is_lost]


def rows_of(master: Master, kind: str) -> list[dict[str, Any]]:
    master._network.flush()
    rows = read_witness(master._network.path).table.to_pylist()
    return [row for row in rows if row["kind"] == kind]


def test_who_is_silent_for_too_long_is_lost(master: Master, clock: Clock) -> None:
    pass_time(master, clock, LOST_S - 0.2, "one")
    assert lost(master) == []
    pass_time(master, clock, 1.0, "one")
    assert lost(master) == ["other"]
    [row] = rows_of(master, "worker_lost")
    assert "was not heard for 6." in row["detail"]


def test_no_worker_is_lost_while_the_master_itself_was_held_up(
    master: Master, clock: Clock
) -> None:
    """It looks before it has read what came meanwhile."""
    pass_time(master, clock, 3.0, "one", "other")
    clock.now_s += 2 * LOST_S
    master._look(list(master._workers.values()))
    assert lost(master) == []
    pass_time(master, clock, LOST_S + 1.0, "one")
    assert lost(master) == ["other"], "who stays silent is lost all the same"


def test_who_beats_late_lags_and_is_reported_once(master: Master, clock: Clock) -> None:
    beat(master, clock, "one")
    pass_time(master, clock, 2.0, "one")
    assert rows_of(master, "worker_lag") == []
    pass_time(master, clock, LATE_S + 1.1)
    beat(master, clock, "one")
    pass_time(master, clock, 2.0, "one")
    [row] = rows_of(master, "worker_lag")
    assert "worker 0" in row["detail"]
