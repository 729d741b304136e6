"""The locustfile by hand: plain Locust signs the sessions in, sends, and shows our requests."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from harness.core.wait import wait_until
from harness.load.child import LOCUSTFILE
from harness.process.processes import Processes
from servers.topology.postgres import free_port
from servers.topology.single import Stack, StackOptions

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.stack]

SMALL = ["--load-sessions", "10", "--load-rate", "20", "--load-duration", "5"]
IMPRESSIONS = 60


@pytest_asyncio.fixture
async def stack(tmp_path: Path) -> AsyncIterator[tuple[Stack, Processes]]:
    with Processes() as processes:
        async with Stack(StackOptions(), processes, wait_until, tmp_path) as stack:
            yield stack, processes


def locust(url: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--host", url, *SMALL, *more]


async def fetch(url: str, data: bytes | None = None) -> bytes:
    def ask() -> bytes:
        with urllib.request.urlopen(url, data, timeout=60) as answer:
            body: bytes = answer.read()
            return body

    return await asyncio.to_thread(ask)


async def test_headless_with_a_run_time_locust_counts_our_requests(
    stack: tuple[Stack, Processes],
) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        locust(stack[0].direct_url, "--headless", "-t", "300s", "--json"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    entries = {entry["name"]: entry for entry in json.loads(done.stdout)}
    assert entries["session"]["num_requests"] == 10
    assert entries["batch"]["num_failures"] == 0
    assert 0 < entries["batch"]["num_requests"] <= IMPRESSIONS


async def test_the_web_ui_returns_our_requests(
    stack: tuple[Stack, Processes], tmp_path: Path
) -> None:
    url, processes, port = stack[0].direct_url, stack[1], free_port()
    page = f"http://127.0.0.1:{port}"
    argv = locust(url, "--web-host", "127.0.0.1", "--web-port", str(port))
    child = processes.spawn("locust", argv, log=tmp_path / "web.log")

    async def is_up() -> bool:
        with contextlib.suppress(OSError):
            return bool(await fetch(page))
        return False

    await wait_until("the web UI is up", is_up, timeout_s=120)
    swarming = json.loads(await fetch(f"{page}/swarm", b"user_count=1&spawn_rate=1"))
    assert swarming["success"]

    async def counted() -> dict[str, int]:
        stats = json.loads(await fetch(f"{page}/stats/requests"))
        found = {entry["name"]: entry["num_requests"] for entry in stats["stats"]}
        return found if stats["state"] == "stopped" else {}

    await wait_until("the test has stopped", counted, timeout_s=120, interval_s=0.5)
    requests = await counted()
    assert requests["session"] == 10
    assert requests["batch"] > 0
    child.stop()


async def test_what_locust_would_not_heed_is_refused() -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        locust("http://127.0.0.1:1", "--headless", "-u", "10", "-r", "2"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "-u/--users and -r/--spawn-rate: the sessions are the workload's" in done.stderr
    assert "--load-sessions N" in done.stderr
