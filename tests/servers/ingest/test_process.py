"""The server as a process: its command line, its end, and what a crash may cost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil
import psycopg
import pytest
from yarl import URL

from harness.core.clock import seeded_random
from harness.core.wait import block_until, wait_until
from tests.servers.ingest.site import balance, read_receipts, rows, visitor
from tests.servers.spawner import TestChild, TestSpawner

pytestmark = pytest.mark.stack

KILL_SEEDS = int(os.environ.get("KILL_SEEDS", "5"))  # the nightly suite takes 100
SECRET = {"INGEST_SESSION_SECRET": "the same secret"}


@dataclass
class Server:
    """One started server."""

    child: TestChild
    facts: dict[str, object]

    @property
    def url(self) -> str:
        return str(self.facts["url"])


Start = Callable[..., Server]


@pytest.fixture
def start(spawner: TestSpawner, database: str, receipts: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts servers that end with the test."""
    started: list[TestChild] = []

    def start(*more: str) -> Server:
        ready = tmp_path / "ready.json"
        ready.unlink(missing_ok=True)
        argv = [sys.executable, "-m", "servers.ingest", "--database", database, "--pool", "5"]
        argv += ["--ready-file", str(ready), "--receipts", str(receipts), *more]
        child = spawner.spawn("ingest", argv, log=tmp_path / "ingest.log", env=SECRET)
        started.append(child)
        block_until(
            "the server is ready",
            lambda: ready.exists() or child.exit_code is not None,
            timeout_s=60,
        )
        assert child.exit_code is None, child.last_words()
        return Server(child, json.loads(ready.read_text()))

    yield start
    for child in started:
        child.stop(ask_with=signal.SIGKILL)
        spawner.forget(child.pid)


@pytest.mark.asyncio
@pytest.mark.parametrize("processes", ["1", "2"])
async def test_a_life_from_ready_file_to_stopped(
    start: Start, database: str, receipts: Path, processes: str
) -> None:
    server = start("--processes", processes)
    async with visitor(server.url) as ann:
        assert (await ann.send(["a"])).status == 200
        health = (await ann.get("/healthz")).body
    code = server.child.stop()
    assert code == 0, server.child.last_words()
    assert server.facts["pid"] == server.child.pid
    assert health == {"status": "ok", "lifetime": server.facts["lifetime"]}
    kinds = [json.loads(line)["kind"] for line in receipts.read_text().splitlines()]
    assert kinds == ["started", "batch", "stopped"]
    assert [one["batches"] for one in read_receipts(receipts, "stopped")] == [1]
    lifetimes = {json.loads(line)["lifetime"] for line in receipts.read_text().splitlines()}
    assert lifetimes == {server.facts["lifetime"]}


@pytest.mark.asyncio
async def test_a_restarted_server_takes_its_port_and_its_users_back(start: Start) -> None:
    first = start()
    async with visitor(first.url) as ann:
        await ann.send(["a"])
        cookies = ann.session.cookie_jar.filter_cookies(URL(first.url))
    first.child.stop(ask_with=signal.SIGKILL)
    second = start("--port", str(first.facts["port"]))
    async with visitor(second.url, None) as ann:
        ann.session.cookie_jar.update_cookies(cookies)
        answer = await ann.send(["a", "b"])
    assert second.url == first.url
    assert second.facts["lifetime"] != first.facts["lifetime"]
    assert answer.body == {"received": 2, "inserted": 1, "duplicate": 1}


def test_a_database_that_is_not_there_is_one_clear_line(
    spawner: TestSpawner, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    nowhere = "postgresql://127.0.0.1:1/none?connect_timeout=2"
    argv = [sys.executable, "-m", "servers.ingest", "--database", nowhere]
    child = spawner.spawn("ingest", argv, log=log)
    block_until("it ended", lambda: child.exit_code is not None, timeout_s=60)
    assert child.exit_code == 1
    assert "database is not usable" in log.read_text()
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize(
    ("text", "line"), [("format = 2", "$.format"), (None, "No such file or directory")]
)
def test_a_mistake_in_the_file_of_experiments_is_one_clear_line(
    spawner: TestSpawner, tmp_path: Path, text: str | None, line: str
) -> None:
    log, file = tmp_path / "log", tmp_path / "experiments.toml"
    if text is not None:
        file.write_text(text)
    argv = [sys.executable, "-m", "servers.ingest", "--database", "unused"]
    child = spawner.spawn("ingest", [*argv, "--experiments", str(file)], log=log)
    block_until("it ended", lambda: child.exit_code is not None, timeout_s=60)
    assert child.exit_code == 2
    (only,) = log.read_text().splitlines()
    assert only.startswith(f"ingest: {file}: ")
    assert line in only


def test_a_port_that_is_taken_is_one_clear_line(start: Start, spawner: TestSpawner) -> None:
    first = start()
    log = first.child.log.with_name("second.log")
    argv = [sys.executable, "-m", "servers.ingest", "--database", "unused"]
    argv += ["--port", str(first.facts["port"])]
    child = spawner.spawn("ingest", argv, log=log)
    block_until("it ended", lambda: child.exit_code is not None, timeout_s=60)
    assert child.exit_code == 1
    assert "cannot listen" in log.read_text()


@dataclass
class Burst:
    """What the clients of a burst know."""

    acknowledged: set[tuple[str, str]]
    batches_acknowledged: int = 0


async def _burst(url: str, burst: Burst, *, batches: int, senders: int) -> None:
    """Send ``batches`` from ``senders`` connections; note every acknowledged id."""
    numbers = iter(range(batches))

    async def send(user: str) -> None:
        async with visitor(url, user) as one:
            for number in numbers:
                ids = [f"{number}-{n}" for n in range(10)]
                answer = await one.send(ids, batchId=str(number))
                if answer.status == 200:
                    burst.acknowledged.update((user, artwork) for artwork in ids)
                    burst.batches_acknowledged += 1

    async def send_until_it_dies(user: str) -> None:
        with contextlib.suppress(aiohttp.ClientError):
            await send(user)

    await asyncio.gather(*(send_until_it_dies(f"user-{n}") for n in range(senders)))


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", range(KILL_SEEDS))
async def test_kill_9_in_a_burst_loses_nothing_that_was_acknowledged(
    start: Start, database: str, receipts: Path, seed: int
) -> None:
    with psycopg.connect(database) as connection:
        of_others = _backends(connection)
    server = start()
    burst = Burst(set())
    kill_after = seeded_random(seed, "kill").randrange(10, 150)
    sending = asyncio.create_task(_burst(server.url, burst, batches=200, senders=8))
    await wait_until(
        f"{kill_after} batches are acknowledged",
        lambda: burst.batches_acknowledged >= kill_after,
        timeout_s=60,
        interval_s=0.001,
    )
    server.child.stop(ask_with=signal.SIGKILL)
    await sending
    assert burst.batches_acknowledged < 200, "the burst was over before the kill"
    # The killed server's last statements may still run: their backends end by themselves.
    with psycopg.connect(database) as connection:
        await wait_until(
            "its backends are gone", lambda: _backends(connection) <= of_others, timeout_s=30
        )
    stored = set(rows(database))
    assert burst.acknowledged <= stored
    noted = balance(read_receipts(receipts))["inserted"]
    assert len(burst.acknowledged) <= noted <= len(stored) <= noted + 8 * 10


def _backends(connection: psycopg.Connection) -> set[int]:
    """The process ids of the backends of servers: other tests have theirs in the same cluster."""
    found = connection.execute(
        "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'ingest %'"
    ).fetchall()
    connection.rollback()
    return {pid for (pid,) in found}


@pytest.mark.asyncio
async def test_sigterm_in_a_burst_finishes_what_was_accepted(
    start: Start, database: str, receipts: Path
) -> None:
    server = start()
    burst = Burst(set())
    sending = asyncio.create_task(_burst(server.url, burst, batches=200, senders=8))
    await wait_until(
        "20 batches are acknowledged",
        lambda: burst.batches_acknowledged >= 20,
        timeout_s=60,
        interval_s=0.001,
    )
    os.kill(server.child.pid, signal.SIGTERM)
    await wait_until("it ended", lambda: server.child.exit_code is not None, timeout_s=30)
    await sending
    assert server.child.exit_code == 0
    sums = balance(read_receipts(receipts))
    assert sums["inserted"] == len(rows(database))
    assert sums["received"] == sums["inserted"] + sums["duplicate"] + sums["rejected"]
    assert burst.acknowledged == set(rows(database))
    assert len(read_receipts(receipts, "stopped")) == 1


@pytest.mark.asyncio
async def test_two_processes_are_one_server(start: Start, database: str, receipts: Path) -> None:
    server = start("--processes", "2")
    parent = psutil.Process(server.child.pid)
    burst = Burst(set())
    await _burst(server.url, burst, batches=60, senders=16)
    connections = [len(child.net_connections()) for child in parent.children()]
    async with visitor(server.url) as ann:
        texts = {(await ann.get("/metrics")).body for _ in range(3)}
        counts = [line for line in texts.pop().decode().splitlines() if "batches_total{" in line]
        ready = (await ann.get("/readyz")).body
    assert len(connections) == 2
    assert burst.batches_acknowledged == 60
    assert sorted(counts) == [
        'ingest_batches_total{status="200"} 60.0',
        'ingest_batches_total{status="500"} 0.0',
        'ingest_batches_total{status="503"} 0.0',
    ]
    assert ready["in_flight"] == 0
    assert balance(read_receipts(receipts))["inserted"] == len(rows(database)) == 600


@pytest.mark.asyncio
async def test_opposite_orders_from_two_processes_never_deadlock(
    start: Start, database: str, receipts: Path
) -> None:
    """Without the sort they do: test_combiner shows it."""
    one, two = start(), start()
    async with visitor(one.url) as up, visitor(two.url) as down:
        won = [0, 0]
        for number in range(10):
            ids = [f"{number}-{n:04}" for n in range(1_500)]
            answers = await asyncio.gather(up.send(ids), down.send(ids[::-1]))
            assert [answer.status for answer in answers] == [200, 200]
            won = [
                sum(pair) for pair in zip(won, (a.body["inserted"] for a in answers), strict=True)
            ]
        texts = [(await side.get("/metrics")).body.decode() for side in (up, down)]
    assert all("ingest_lost_races_total 0.0" in text for text in texts)
    assert sum(won) == len(rows(database)) == 15_000


def test_when_the_parent_is_killed_the_workers_go(start: Start) -> None:
    server = start("--processes", "2")
    workers = psutil.Process(server.child.pid).children()
    assert len(workers) == 2
    os.kill(server.child.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert alive == []


def test_when_a_worker_dies_the_server_does_not_pretend(start: Start) -> None:
    server = start("--processes", "2")
    workers = psutil.Process(server.child.pid).children()
    workers[0].kill()
    block_until("it ended", lambda: server.child.exit_code is not None, timeout_s=30)
    assert server.child.exit_code == 1
    assert not workers[1].is_running()
