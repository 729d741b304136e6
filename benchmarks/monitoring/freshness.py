"""How long the figures of the alerts on freshness take to read, of how many impressions."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import psycopg

from harness.core.wait import wait_until
from harness.process.processes import Processes
from servers.ingest.storage.migrate import migrate
from servers.ingest.storage.rollups import FOLD, KPIS, TIDY, drift
from servers.topology.postgres import Postgres

GOAL_MS = 5.0
POOL = 1_000
READS = 200
_AT_ONCE = 250_000
_INDEXES = """
SELECT indexrelid::regclass::text FROM pg_index
WHERE indrelid = 'user_art_impressions'::regclass AND NOT indisunique
"""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessTrial:
    """What was read, how long it took, and how many counts differ from a scan of the table.

    ``scan_s`` and ``differences`` are None when only the counts were generated.
    """

    impressions: int
    users: int
    active_users: int
    at_risk: int
    reads: int
    median_ms: float
    worst_ms: float
    scan_s: float | None = None
    differences: int | None = None


async def freshness(processes: Processes, impressions: int, say: Say) -> FreshnessTrial:
    """Return one trial with about that number of impressions.

    The rows are inserted with the triggers in place, half a pool to a whole one for each user, and
    folded every 250,000, and their room is freed. The table has its unique key alone: the figures
    read none of its indexes, and five more would take most of the time.
    """
    users = round(impressions / (0.75 * POOL))
    async with _database(processes) as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SET synchronous_commit = off")
            for (index,) in connection.execute(_INDEXES).fetchall():
                connection.execute(f"DROP INDEX {index}".encode())
            connection.execute(
                "ALTER TABLE user_art_impressions DROP CONSTRAINT user_art_impressions_pkey"
            )
            connection.execute(
                "INSERT INTO art_sessions (id, title) SELECT n::text, '' "
                "FROM generate_series(1, %s) AS n",
                (POOL,),
            )
            step = max(1, _AT_ONCE // POOL)
            for first in range(0, users, step):
                connection.execute(
                    "INSERT INTO user_art_impressions (user_id, artwork_id) "
                    "SELECT 'u' || u, a::text FROM generate_series(%s::int, %s::int) AS u, "
                    "generate_series(1, %s + abs(hashtext(u::text)) %% %s) AS a",
                    (first, min(first + step, users) - 1, POOL // 2, POOL // 2 + 1),
                )
                connection.execute(FOLD)
                connection.execute(TIDY)
                if first % (4 * step) == 0:
                    say(f"{first:,} of {users:,} users")
            began_s = time.perf_counter()
            differences = len(drift(connection))
            scan_s = time.perf_counter() - began_s
            count = "SELECT count(*) FROM user_art_impressions"
            (rows,) = connection.execute(count.encode()).fetchone() or (0,)
            read = _read(connection, int(rows))
    return replace(read, scan_s=scan_s, differences=differences)


async def counts_alone(processes: Processes, impressions: int) -> FreshnessTrial:
    """Return one trial on the counts that about that number of impressions would leave: the figures
    read nothing else, and ten million rows take minutes to insert."""
    users = round(impressions / (0.75 * POOL))
    async with _database(processes) as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("UPDATE impression_pool SET active = %s", (POOL,))
            connection.execute(
                "INSERT INTO user_freshness_base SELECT 'u' || u, n, n FROM (SELECT u, "
                "%s + abs(hashtext(u::text)) %% %s AS n FROM generate_series(1, %s) AS u) AS seen",
                (POOL // 2, POOL // 2 + 1, users),
            )
            # Each user's count moved through every bucket below, in one of the eight groups.
            connection.execute(
                "INSERT INTO freshness_buckets SELECT b, w, count(f.user_id) "
                "FROM generate_series(1, %s) AS b CROSS JOIN generate_series(0, 7) AS w "
                "LEFT JOIN user_freshness_base f ON f.viewed_active = b "
                "AND abs(hashtext(f.user_id)) %% 8 = w GROUP BY b, w",
                (POOL,),
            )
            (viewed,) = connection.execute("SELECT sum(viewed) FROM user_freshness").fetchone() or (
                0,
            )
            return _read(connection, int(viewed))


def _read(connection: psycopg.Connection, impressions: int) -> FreshnessTrial:
    connection.execute("ANALYZE")
    took_ms = []
    for _ in range(READS):
        began_s = time.perf_counter()
        found = connection.execute(KPIS.encode()).fetchall()
        took_ms.append((time.perf_counter() - began_s) * 1000)
    [(_, _, users, active, at_risk, _, _)] = found
    return FreshnessTrial(
        impressions=impressions,
        users=int(users),
        active_users=int(active),
        at_risk=int(at_risk),
        reads=READS,
        median_ms=statistics.median(took_ms),
        worst_ms=max(took_ms),
    )


@contextlib.asynccontextmanager
async def _database(processes: Processes) -> AsyncIterator[str]:
    postgres = Postgres(processes, wait_until, processes.scratch("freshness"))
    await postgres.start()
    try:
        async with await psycopg.AsyncConnection.connect(postgres.dsn()) as connection:
            await migrate(connection, ("rollups",))
        yield postgres.dsn()
    finally:
        postgres.stop()
