"""How long a batch and a question about freshness take as one database fills: is it time to shard?

    python -m benchmarks.sharding.rows --rows 1000000 --rows 10000000

The table is filled where it lies, then the server's own two statements are run again and again for
users drawn from a seed, over one connection: a batch of ten new artworks, committed to the disk,
and the roadmap's question. Indexes are made after the rows, so they are as small as they get.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg

from harness.core.clock import seeded_random
from harness.core.wait import wait_until
from harness.process.processes import Processes
from servers.ingest.storage.migrate import migrate, seed_pool
from servers.ingest.storage.store import _FRESHNESS, _INSERT, RECORD, UNIT
from servers.topology.postgres import Postgres

SEED = 7
PER_USER = 200
POOL = 1_000
BATCH, TIMES = 10, 500

_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'user_art_impressions'
AND indexname <> 'user_art_impressions_pkey'
"""
_FILL = """
INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at)
SELECT 'user-' || u, 'artwork-' || lpad((((u * 7919) + a * 4) %% %s + 1)::text, 4, '0'),
       now() - random() * interval '90 days'
FROM generate_series(%s::int, %s::int) AS u, generate_series(1, %s) AS a
"""
_SIZES = """
SELECT pg_table_size('user_art_impressions'), pg_indexes_size('user_art_impressions'),
       (SELECT count(*) FROM user_art_impressions)
"""


@dataclass(frozen=True, slots=True)
class Filled:
    """A table of this number of rows: bytes, seconds to fill, and milliseconds of statements."""

    rows: int
    table_bytes: int
    index_bytes: int
    fill_s: float
    insert_ms: tuple[float, float]
    freshness_ms: tuple[float, float]


def measure(connection: psycopg.Connection, first: int, last: int) -> Filled:
    """Add users ``first`` to ``last`` to the table, and time both statements."""
    began_s = time.monotonic()
    made = connection.execute(_INDEXES).fetchall()
    for name, _ in made:
        connection.execute(f"DROP INDEX {name}".encode())
    connection.execute(_FILL.encode(), (POOL, first, last, PER_USER))
    for _, definition in made:
        connection.execute(str(definition).encode())
    connection.execute("VACUUM ANALYZE user_art_impressions")
    connection.execute("CHECKPOINT")
    fill_s = time.monotonic() - began_s
    insert, asked = list(_inserts(connection, last)), list(_questions(connection, last))
    table, index, rows = connection.execute(_SIZES).fetchone() or (0, 0, 0)
    return Filled(rows, table, index, fill_s, _percentiles(insert), _percentiles(asked))


def _inserts(connection: psycopg.Connection, users: int) -> Iterator[float]:
    chance = seeded_random(SEED, f"inserts of {users}")
    for number in range(TIMES):
        user = f"user-{chance.randint(1, users)}"
        ids = UNIT.join(f"new-{users}-{number}-{n}" for n in range(BATCH))
        began_s = time.perf_counter()
        connection.execute(
            _INSERT.encode(), (user, f"{time.time():.6f}", RECORD.join([ids])), prepare=True
        ).fetchall()
        yield (time.perf_counter() - began_s) * 1e3


def _questions(connection: psycopg.Connection, users: int) -> Iterator[float]:
    chance = seeded_random(SEED, f"questions of {users}")
    for _ in range(TIMES):
        user = f"user-{chance.randint(1, users)}"
        began_s = time.perf_counter()
        connection.execute(_FRESHNESS.encode(), (user,), prepare=True).fetchall()
        yield (time.perf_counter() - began_s) * 1e3


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    half, most = np.percentile(values, [50, 95])
    return float(half), float(most)


def table(found: Sequence[Filled]) -> str:
    """Return what was measured as a table of Markdown."""
    lines = [
        "| Rows | Table | Indexes | Filled in | Batch of ten: p50, p95 | Freshness: p50, p95 |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.rows:,} | {one.table_bytes / 1e6:,.0f} MB | {one.index_bytes / 1e6:,.0f} MB | "
        f"{one.fill_s:.0f} s | {one.insert_ms[0]:.2f}, {one.insert_ms[1]:.2f} ms | "
        f"{one.freshness_ms[0]:.2f}, {one.freshness_ms[1]:.2f} ms |"
        for one in found
    ]
    return "\n".join(lines)


async def run(wanted: Sequence[int]) -> list[Filled]:
    """Fill one table step by step to each of these numbers of rows, and measure at each."""
    with Processes() as processes:
        postgres = Postgres(processes, wait_until, processes.scratch("rows"))
        await postgres.start()
        try:
            dsn = postgres.dsn()
            async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as made:
                await migrate(made)
                await seed_pool(made, POOL)
            found, users = [], 0
            with psycopg.connect(dsn, autocommit=True) as connection:
                for rows in sorted(wanted):
                    found.append(measure(connection, users + 1, rows // PER_USER))
                    users = rows // PER_USER
                    print(table(found[-1:]), flush=True)
            return found
        finally:
            postgres.stop()
            postgres.discard()


def main() -> None:
    """Measure at each number of rows that is asked for, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sharding.rows")
    parser.add_argument("--rows", type=int, action="append", required=True, metavar="N")
    wanted = parser.parse_args().rows
    if min(wanted) < PER_USER:
        parser.error(f"--rows: at least {PER_USER}, which is one user's")
    print(table(asyncio.run(run(wanted))))


if __name__ == "__main__":
    main()
