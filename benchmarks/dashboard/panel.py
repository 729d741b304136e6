"""How soon the dashboard answers, of how many impressions of how many users."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from harness.core.wait import wait_until
from harness.process.processes import Processes
from servers.ingest.admin.figures import AdminFigures
from servers.ingest.admin.users import Users
from servers.ingest.storage.migrate import migrate
from servers.topology.postgres import Postgres

GOAL_MS = 50.0
POOL = 1_000
READS = 100
DAYS = 40
Say = Callable[[str], None]

# Spread over forty days, an equal number for each user, each its own part of the pool.
_ROWS = """
INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at)
SELECT 'user-' || lpad(u::text, 6, '0'), 'a' || (u * 7 + n) %% {pool},
       now() - (u * 37 + n * 101) %% ({days} * 86400) * interval '1 second'
FROM generate_series(1, %s) AS u, generate_series(1, %s) AS n
"""
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = 'user_art_impressions' AND indexname NOT LIKE '%_pkey'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelTrial:
    """The median and the worst of reads, in milliseconds, by what was read; ``export_s`` is all
    users as CSV, ``backfill_s`` how long the rollups took to be made of rows that were there."""

    impressions: int
    users: int
    reads: int
    median_ms: dict[str, float]
    worst_ms: dict[str, float]
    export_s: float
    backfill_s: float


async def panel(processes: Processes, impressions: int, users: int, say: Say) -> PanelTrial:
    """Return one trial of that number of impressions of that number of users."""
    async with (
        _filled(processes, impressions, users, say) as (dsn, backfill_s),
        AsyncConnectionPool(
            dsn, min_size=2, max_size=2, kwargs={"autocommit": True}, open=False
        ) as pool,
    ):

        async def ask(query: str, parameters: tuple[object, ...]) -> list[TupleRow]:
            async with pool.connection() as connection:
                return await (await connection.execute(query.encode(), parameters)).fetchall()

        figures, known = AdminFigures(ask), Users(ask)
        middle = f"user-{users // 2:06}"
        asked: dict[str, Callable[[], Awaitable[object]]] = {
            "panel": figures.panel,
            "500 users": lambda: known.page("", 500),
            "500 users from the middle": lambda: known.page(middle, 500),
            "a timeline": lambda: known.timeline(middle, None, "", 50),
        }
        took = {what: await _took_ms(read) for what, read in asked.items()}
        began_s = time.perf_counter()
        lines = 0
        async for part in known.export():
            lines += part.count(b"\r\n")
        export_s = time.perf_counter() - began_s
    return PanelTrial(
        impressions=impressions,
        users=lines - 1,
        reads=READS,
        median_ms={what: statistics.median(times) for what, times in took.items()},
        worst_ms={what: max(times) for what, times in took.items()},
        export_s=export_s,
        backfill_s=backfill_s,
    )


async def _took_ms(read: Callable[[], Awaitable[object]]) -> list[float]:
    times = []
    for _ in range(READS):
        began_s = time.perf_counter()
        await read()
        times.append((time.perf_counter() - began_s) * 1000)
    return times


@contextlib.asynccontextmanager
async def _filled(
    processes: Processes, impressions: int, users: int, say: Say
) -> AsyncIterator[tuple[str, float]]:
    """Yield a database whose rows were there before the dashboard, and how long rollups took."""
    postgres = Postgres(processes, wait_until, processes.scratch("dashboard"))
    await postgres.start()
    try:
        async with await psycopg.AsyncConnection.connect(postgres.dsn()) as connection:
            await migrate(connection)
        with psycopg.connect(postgres.dsn(), autocommit=True) as plain:
            _fill(plain, impressions, users, say)
        began_s = time.perf_counter()
        async with await psycopg.AsyncConnection.connect(postgres.dsn()) as connection:
            await migrate(connection, ("admin",))
        backfill_s = time.perf_counter() - began_s
        with psycopg.connect(postgres.dsn(), autocommit=True) as plain:
            plain.execute("VACUUM ANALYZE")
        yield postgres.dsn(), backfill_s
    finally:
        postgres.stop()


def _fill(connection: psycopg.Connection, impressions: int, users: int, say: Say) -> None:
    connection.execute("SET synchronous_commit = off")
    connection.execute("SET maintenance_work_mem = '256MB'")
    indexes = connection.execute(_INDEXES.encode()).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}".encode())
    connection.execute(
        "INSERT INTO art_sessions (id, title) SELECT 'a' || n, 'Artwork ' || n "
        "FROM generate_series(0, %s) AS n",
        (POOL - 1,),
    )
    query = _ROWS.format(pool=POOL, days=DAYS)
    connection.execute(query.encode(), (users, impressions // users))
    say(f"{impressions:,} rows are there")
    for name, definition in indexes:
        connection.execute(definition.encode())
        say(f"{name} is there")
