"""Targets that refuse, keep silent or storm: bounded time, a whole ledger, nothing left running."""

from __future__ import annotations

import itertools
import json
import socket
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.core.clock import NS_PER_S
from harness.core.wait import wait_until
from harness.load.child import Sending, run_locust
from harness.load.generator.task import LIVE_FILE
from harness.load.schedule.schedule import Workload
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from tests.harness.load.generator.target import (
    LONGER,
    first_attempts,
    plan_for,
    rows_of,
    send,
    target,
)

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.stack]

BRIEF = Workload(
    sessions=10,
    impressions=6,
    duration_s=4.0,
    flush_delay_s=1.0,
    timeout_s=1.0,
    drain_s=3.0,
)
PATIENT = replace(BRIEF, timeout_s=60.0, drain_s=15.0)
"""Waits for every answer: the target is in this process, which may be held up."""


def is_bounded(workload: Workload, sending: Sending, rows: list[dict[str, Any]]) -> bool:
    """Say whether nothing was due after the session's patience: then it ends by itself."""
    until_ns = sending.start_ns + round((workload.duration_s + workload.drain_s) * NS_PER_S)
    return all(row["scheduled_ns"] <= until_ns for row in rows)


async def test_a_storm_of_503_is_waited_out_as_it_asks(tmp_path: Path) -> None:
    storm_of = itertools.count()

    def answering() -> tuple[int, str]:
        return (503, "Retry-After: 1\r\n") if next(storm_of) < 25 else (200, "")

    async with target(answering) as storm:
        _, rows = await send(tmp_path, storm.url, PATIENT)
    assert set(first_attempts(rows).values()) == {1}
    assert len(first_attempts(rows)) == BRIEF.total
    assert Counter(row["status"] for row in rows)[503] == 25
    stored = {(row["user"], a) for row in rows if row["status"] == 200 for a in row["artworks"]}
    assert stored == set(first_attempts(rows))
    by_try = {(row["batch"], row["attempt"]): row for row in rows}
    for (batch, attempt), row in by_try.items():
        if attempt > 1:
            waited_s = (row["scheduled_ns"] - by_try[batch, attempt - 1]["done_ns"]) / 1e9
            assert 1.0 <= waited_s <= 2.0


async def test_a_connection_that_is_refused_from_the_start(tmp_path: Path) -> None:
    with socket.socket() as probe:  # bound and not listening: no other process gets the port
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        # A refusal comes at once: only who is held up would take it for silence.
        sending, rows = await send(tmp_path, url, replace(BRIEF, timeout_s=60.0))
    assert is_bounded(BRIEF, sending, rows)
    assert {(row["outcome"], row["status"]) for row in rows} == {("unknown", 0)}
    assert all("Connection refused" in row["error"] for row in rows)
    assert len(first_attempts(rows)) == BRIEF.total
    views = Counter(view["kind"] for view in rows_of(tmp_path, sending, "viewer"))
    assert views == {"view_intent": BRIEF.total, "view_shown": BRIEF.total}
    refused = [json.loads(row["detail"]) for row in rows_of(tmp_path, sending, "machine")]
    assert refused[-1]["connect_errors"] == len(rows)


async def test_a_target_that_accepts_and_never_answers(tmp_path: Path) -> None:
    # Long enough for a connection to be made while the machine stands still.
    workload = replace(BRIEF, timeout_s=5.0)
    async with target(lambda: None) as silent:
        sending, rows = await send(tmp_path, silent.url, workload)
        await wait_until(
            "all has arrived", lambda: len(silent.arrived) == BRIEF.total, timeout_s=30
        )
    assert is_bounded(workload, sending, rows)
    assert {row["outcome"] for row in rows} == {"unknown"}
    assert all("timed out" in row["error"] for row in rows)
    assert all(row["done_ns"] - row["sent_ns"] >= workload.timeout_s * 1e9 * 0.99 for row in rows)
    assert len(silent.arrived) == len(first_attempts(rows)) == BRIEF.total


async def test_two_generators_send_every_slot_once_between_them(tmp_path: Path) -> None:
    async with target(lambda: (200, "")) as good:
        sending, rows = await send(tmp_path, good.url, PATIENT, workers=2)
    assert set(good.arrived.values()) == {1}
    assert len(good.arrived) == BRIEF.total
    assert {row["worker"] for row in rows} == {0, 1}
    share = Counter(row["worker"] for row in rows if row["attempt"] == 1)
    assert abs(share[0] - share[1]) <= 1
    network = [row["kind"] for row in rows_of(tmp_path, sending, "network")]
    # A worker may have been held up with its machine; that is reported, and is no loss.
    kinds = [kind for kind in network if kind != "worker_lag"]
    assert kinds == ["worker_clock", "worker_clock", "workers"]


async def test_a_worker_that_is_killed_is_lost_and_the_others_go_on(tmp_path: Path) -> None:
    killed: list[int] = []

    async def kill_one() -> None:
        if not killed and (tmp_path / LIVE_FILE.format(part=1)).exists():
            workers = [
                process
                for process in tagged_processes(processes.tag)
                if "--worker" in process.cmdline()
            ]
            victim = max(workers, key=psutil.Process.create_time)
            killed.append(victim.pid)
            victim.kill()

    async with target(lambda: (200, "")) as good:
        with Processes() as processes:
            sending = await run_locust(
                processes, plan_for(tmp_path, good.url, LONGER, workers=2), kill_one
            )
            left = [p for p in tagged_processes(processes.tag) if "locust" in " ".join(p.cmdline())]
            assert left == []
    assert killed
    lost = [row for row in rows_of(tmp_path, sending, "network") if row["kind"] == "worker_lost"]
    assert len(lost) == 1
    assert "was not heard for" in lost[0]["detail"]
    rows = rows_of(tmp_path, sending, "load")
    by_worker = Counter(row["worker"] for row in rows if row["attempt"] == 1)
    gone = int(lost[0]["value"])
    assert by_worker[1 - gone] == max(by_worker.values()), "the other sent all of its slots"
    assert by_worker[gone] < by_worker[1 - gone]
    assert set(first_attempts(rows).values()) == {1}
