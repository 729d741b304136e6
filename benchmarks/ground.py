"""What is measured: one PostgreSQL, one ingest server on it, and the ways to load them."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

import psycopg

from benchmarks.children import finished
from benchmarks.machine import busy_s, cpu_s, program
from benchmarks.wire import ARTWORKS, Load, Sent
from harness.core.clock import NS_PER_S
from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.json_files import read_json, write_json
from harness.process.processes import Child, Processes
from servers.ingest.http.session import COOKIE, Signer
from servers.topology.postgres import Postgres

CLIENTS = 8
_USERS = [f"bench-{n:04d}" for n in range(1_000)]
_SECRET = "benchmark"  # noqa: S105 - of a server that lives for minutes

# The server's statement without its parameters: the ids are made where they are stored, so pgbench
# has neither HTTP nor parsing nor parameters to carry, and it does not ask for the new rows.
PGBENCH_SQL = """\
\\set u random(0, 999)
INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at)
SELECT s.u, s.a, min(now()) FROM (
    SELECT 'bench-' || lpad((:u)::text, 4, '0') AS u,
           'artwork-' || lpad(floor(random() * 10000000)::int::text, 7, '0') AS a
    FROM generate_series(1, (:ids)::int)) AS s
GROUP BY s.u, s.a
ORDER BY s.u COLLATE "C", s.a COLLATE "C"
ON CONFLICT (user_id, artwork_id) DO NOTHING;
"""


@dataclass(frozen=True, slots=True)
class Round:
    """One measured round: rows that are in the table, and the seconds it took.

    ``cpu_s`` is what each part used; ``others`` is the share of the machine's CPU that processes
    took which are none of ours.
    """

    rows: int
    seconds: float
    cpu_s: dict[str, float]
    others: float

    @property
    def rows_per_s(self) -> float:
        """Return the rate."""
        return self.rows / self.seconds


class _Used(NamedTuple):
    """A moment, and the CPU seconds until then: the machine's, ours, and of two parts."""

    at_s: float
    busy_s: float
    ours_s: float
    server_s: float
    postgres_s: float


class Ground:
    """A running PostgreSQL and server; every round starts with an empty table."""

    def __init__(
        self, processes: Processes, directory: Path, postgres: Postgres, server: Child
    ) -> None:
        self._processes = processes
        self._directory = directory
        self._dsn = postgres.dsn()
        self._postgres = postgres
        self.server = server
        facts = read_json(directory / "ready.json")
        self._port = int(facts["port"])
        self._signer = Signer(_SECRET.encode())
        self._cookies = tuple(self.cookies_of(_USERS).values())

    @property
    def url(self) -> str:
        """Return where the server takes requests."""
        return f"http://127.0.0.1:{self._port}"

    def cookies_of(self, users: Iterable[str]) -> dict[str, str]:
        """Return user → Cookie header of a session."""
        return {user: f"{COOKIE}={self._signer.sign(user)}" for user in users}

    def cookie_of(self, user: str, *, role: str) -> str:
        """Return the Cookie header of a session with a role."""
        return f"{COOKIE}={self._signer.sign(user, role=role)}"

    async def empty(self) -> None:
        """Empty the table, and begin a checkpoint's worth of WAL anew: every round the same."""
        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            await connection.execute("TRUNCATE user_art_impressions")
            await connection.execute("CHECKPOINT")

    async def fill_pool(self, artworks: int) -> None:
        """Make the artworks that a load of that number sends part of the pool."""
        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            await connection.execute(
                "INSERT INTO art_sessions (id, title) "
                "SELECT 'artwork-' || lpad(n::text, 7, '0'), '' FROM generate_series(0, %s) AS n",
                (artworks - 1,),
            )

    async def rows(self) -> int:
        """Return the number of rows in the table."""
        async with await psycopg.AsyncConnection.connect(self._dsn) as connection:
            cursor = await connection.execute("SELECT count(*) FROM user_art_impressions")
            (count,) = await cursor.fetchone() or (0,)
        return int(count)

    async def send(self, load: Load) -> Sent:
        """Load the server; raise HarnessError unless it stored exactly what it reported."""
        load = replace(load, port=self._port, cookies=self._cookies)
        await self.empty()
        plan = self._directory / "load.json"
        write_json(plan, asdict(load))
        await self._finished("wire", [sys.executable, "-m", "benchmarks.wire", str(plan)])
        sent = Sent(**read_json(plan.with_suffix(".sent.json")))
        rows = await self.rows()
        if sent.failed or rows != sent.inserted:
            raise HarnessError(
                f"{sent.failed} requests failed; {sent.inserted} rows reported, {rows} there"
            )
        return sent

    async def serve(self, ids: int, seconds: float, seed: int, artworks: int = ARTWORKS) -> Round:
        """Return one round of the server with 64 batches in flight, of that number of artworks."""
        batches = int(seconds * 200_000 / ids) + 64
        load = Load(
            port=0,
            cookies=(),
            ids=ids,
            batches=batches,
            seconds=seconds,
            seed=seed,
            artworks=artworks,
        )
        before = self._used()
        sent = await self.send(load)
        if len(sent.done_ns) == batches:
            raise HarnessError("the server was faster than there were requests")
        used, others = self._used_since(before)
        seconds = (sent.ended_ns - sent.started_ns) / NS_PER_S
        return Round(sent.inserted, seconds, used | {"client": sent.cpu_s}, others)

    async def pgbench(self, ids: int, seconds: float, seed: int) -> Round:
        """Return one round of pgbench with 8 clients."""
        await self.empty()
        script = self._directory / "pgbench.sql"
        script.write_text(PGBENCH_SQL)
        argv = [str(program("pgbench")), "-n", "-M", "prepared", "-f", str(script)]
        argv += ["-c", str(CLIENTS), "-j", "2", "-T", f"{seconds:.0f}", "-D", f"ids={ids}"]
        argv += ["--random-seed", str(seed), self._dsn]
        before = self._used()
        output = await self._finished("pgbench", argv)
        (tps,) = re.findall(r"tps = ([\d.]+) \(without", output)
        (transactions,) = re.findall(r"actually processed: (\d+)", output)
        return Round(await self.rows(), int(transactions) / float(tps), *self._used_since(before))

    def _used(self) -> _Used:
        return _Used(
            time.monotonic(),
            busy_s(),
            cpu_s(os.getpid()),
            cpu_s(self.server.pid),
            cpu_s(self._postgres.pid),
        )

    def _used_since(self, before: _Used) -> tuple[dict[str, float], float]:
        """Return the CPU seconds of the parts since then, and the share that others took."""
        passed = [now - then for now, then in zip(self._used(), before, strict=True)]
        seconds, busy, ours, server, postgres = passed
        others = max(0.0, busy - ours) / (seconds * (os.cpu_count() or 1))
        return {"server": server, "postgres": postgres}, others

    async def _finished(self, name: str, argv: list[str]) -> str:
        """Run a program to its end and return its output."""
        return await finished(self._processes, name, argv, log=self._directory / f"{name}.log")


@asynccontextmanager
async def prepared(
    processes: Processes,
    options: list[str],
    module: str = "servers.ingest",
    env: Mapping[str, str] | None = None,
) -> AsyncIterator[Ground]:
    """Start PostgreSQL and a server with these command line ``options`` for the block; ``env`` is
    added to its environment."""
    directory = processes.scratch("bench")
    postgres = Postgres(processes, wait_until, directory)
    await postgres.start()
    ready = directory / "ready.json"
    argv = [sys.executable, "-m", module, "--database", postgres.dsn(), "--port", "0"]
    argv += ["--ready-file", str(ready), "--receipts", str(directory / "receipts.ndjson")]
    argv += ["--log", str(directory / "requests.log"), *options]
    server = processes.spawn(
        "ingest",
        argv,
        log=directory / "ingest.log",
        env={"INGEST_SESSION_SECRET": _SECRET, **(env or {})},
    )
    await wait_until(
        "the server is ready",
        lambda: ready.exists() or server.exit_code is not None,
        timeout_s=20,
    )
    if server.exit_code is not None:
        raise HarnessError(f"the server ended: {server.last_words()}")
    try:
        yield Ground(processes, directory, postgres, server)
    finally:
        server.stop()
        processes.forget(server.pid)
        postgres.stop()
