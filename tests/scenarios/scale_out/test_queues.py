"""What happens to a queue comes in its order and stays for as long as the scenario says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from harness.core.errors import HarnessError
from harness.ledger.rundir import CheckSpec
from scenarios.load.arms import workload_of
from scenarios.scale_out import queues
from scenarios.scale_out.queues import QUEUE_FAULTS, QUEUE_FAULTS_LAST_S, of_queue


class FakeRun:
    """Notes which faults are held, and how long time passes meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, has_queue: bool = True) -> None:
        self.story: list[Any] = []
        workers = [SimpleNamespace(name=f"w{n}", pid=n) for n in (1, 2)]
        queue = SimpleNamespace(workers=workers, proxy="queue") if has_queue else None
        site = SimpleNamespace(queue=queue, toxiproxy_api="http://x" if has_queue else None)
        ledger = SimpleNamespace(witness=lambda kind: None)
        self.context = SimpleNamespace(site=site, ledger=ledger)
        monkeypatch.setattr(queues, "pause", self._pass)
        monkeypatch.setattr(queues, "Proxy", lambda api, name: SimpleNamespace(listen=("x", 1)))

    async def _pass(self, seconds: float) -> None:
        self.story.append(seconds)

    @asynccontextmanager
    async def _held(self, name: str) -> AsyncIterator[None]:
        self.story.append(name)
        yield
        self.story.append(f"{name} ends")

    def fault(self, fault: Any) -> Any:
        return self._held(fault.name)

    def part(self, name: str) -> Any:
        return SimpleNamespace(
            still=lambda: self._held(f"{name} still"),
            down=lambda *, killed: self._held(f"{name} {'killed' if killed else 'stopped'}"),
        )


HALTED = "queue-worker killed between COMMIT and acknowledgement"
STORIES = {
    "broker_killed": [
        *("w1 paused", "w2 paused", queues.BACKLOG_S, "broker killed", queues.AWAY_S),
        *("broker killed ends", "w2 paused ends", "w1 paused ends"),
    ],
    "broker_still": ["broker still", queues.STILL_S, "broker still ends"],
    "worker_killed": ["w1 killed", queues.AWAY_S, "w1 killed ends"],
    "worker_killed_before_ack": [HALTED, f"{HALTED} ends"] * queues.AGAIN,
    "workers_cut_off": ["all bytes dropped", queues.CUT_S, "all bytes dropped ends"],
    "poison": ["poison published", "poison published ends"],
    "queue_full": [
        *("w1 paused", "w2 paused", queues.FULL_S, "w2 paused ends", "w1 paused ends"),
    ],
    "server_killed_unconfirmed": [
        *("broker still", queues.UNHEARD_S, "server killed", "broker still ends"),
        *(queues.UNHEARD_S, "server killed ends"),
    ],
}


@pytest.mark.parametrize("fault", QUEUE_FAULTS)
def test_each_story(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run: Any = FakeRun(monkeypatch)
    asyncio.run(QUEUE_FAULTS[fault](run, None))  # type: ignore[arg-type]
    assert run.story == STORIES[fault]


def test_a_target_without_a_queue_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    run: Any = FakeRun(monkeypatch, has_queue=False)
    for fault in ("worker_killed", "workers_cut_off", "poison"):
        with pytest.raises(HarnessError, match=r"no message queue|no Toxiproxy"):
            asyncio.run(QUEUE_FAULTS[fault](run, None))  # type: ignore[arg-type]


def test_poison_is_accounted_and_a_fault_must_have_tried_something() -> None:
    asked: dict[str, dict[str, CheckSpec]] = {
        fault: {spec.name: spec for spec in of_queue(fault)} for fault in ["none", *QUEUE_FAULTS]
    }
    assert asked["poison"]["dead_letters_accounted"].parameters == {"expected": queues.POISON}
    assert asked["none"]["dead_letters_accounted"].parameters == {"expected": 0}
    assert "queue_held" in asked["broker_killed"]
    assert "acks_need_broker" in asked["broker_still"]
    assert "messages_redelivered" in asked["worker_killed_before_ack"]
    assert all({"stored_after_answer", "in_time"} <= found.keys() for found in asked.values())
    assert set(QUEUE_FAULTS_LAST_S) <= set(QUEUE_FAULTS)


def test_users_are_patient_and_nothing_else_of_a_load_changes() -> None:
    load = workload_of({"workload": "trickle"})
    changed = {"drain_s": queues.PATIENT_S, "retry": "linear-jitter"}
    assert queues.patient(load) == replace(load, **changed)
    assert load.drain_s < queues.PATIENT_S


def test_a_pause_after_half_a_minute_is_shorter_than_what_a_late_batch_is_allowed() -> None:
    load = queues.patient(workload_of({"workload": "trickle"}))
    waited_s, attempt = 0.0, 0
    while waited_s < 30.0:
        attempt += 1
        waited_s += load.retry_base_s * attempt
    assert load.retry_base_s * (attempt + 1) < queues.LATE_S / 2
