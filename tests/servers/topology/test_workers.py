"""Pool workers of a stack: they take jobs when they are up, and come back under their name."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import psutil
import psycopg
import pytest
import requests

from harness.core.wait import wait_until
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from servers.topology.single import Stack, StackOptions
from servers.topology.spawning import NotReady
from servers.topology.workers import NO_WORKERS, WorkerOptions

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]
ORDERS = ("--improvement", "predictive_pool")
JOB = (
    "INSERT INTO pool_jobs (user_id, level, epoch, artworks, urgent) VALUES (%s, '85', 1, 2, true)"
)
WORKED = "SELECT worker FROM pool_jobs WHERE state = 'done' AND user_id = %s"


async def test_they_work_are_killed_and_work_again(tmp_path: Path) -> None:
    options = StackOptions(
        server_arguments=ORDERS,
        pool=5,
        workers=WorkerOptions(count=1, arguments=("--poll", "0.02"), metrics=True),
    )
    with Processes() as processes:
        async with Stack(options, processes, wait_until, tmp_path) as stack:
            [worker] = stack.workers
            assert stack.processes["pool-worker-1"] == worker.pid
            with psycopg.connect(stack.dsn, autocommit=True) as connection:

                async def worked(user: str) -> None:
                    connection.execute(JOB, (user,))
                    await wait_until(
                        "the job is done",
                        lambda: (
                            connection.execute(WORKED, (user,)).fetchone() == ("pool-worker-1",)
                        ),
                        timeout_s=30,
                    )

                await worked("ann")
                assert 'pool_attempts_total{outcome="done"} 1.0' in _shown(worker.metrics_url)
                shown_at = worker.metrics
                before = worker.pid
                await worker.kill()
                assert (worker.pid, psutil.pid_exists(before)) == (0, False)
                assert "pool-worker-1" not in stack.processes
                assert not processes.deaths()
                await worker.start()
                await worker.start()
                await worked("bob")
                assert worker.metrics == shown_at  # Prometheus knows it there
                assert 'pool_jobs{state="done"} 2.0' in _shown(worker.metrics_url)
        assert tagged_processes(processes.tag) == []


def _shown(url: str) -> str:
    return requests.get(url, timeout=10).text


async def test_one_that_ends_at_once_says_why(tmp_path: Path) -> None:
    options = StackOptions(pool=5, workers=WorkerOptions(count=1))
    with Processes() as processes, pytest.raises(NotReady, match="--improvement predictive_pool"):
        async with Stack(options, processes, wait_until, tmp_path):
            pass


async def test_a_stack_has_none_unless_asked() -> None:
    assert list(StackOptions().workers.numbers) == []
    assert not NO_WORKERS.metrics
    assert list(dataclasses.replace(NO_WORKERS, count=2).numbers) == [1, 2]
