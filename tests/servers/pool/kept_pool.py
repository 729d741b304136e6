"""A database that orders artworks, people who look at them, and what was ordered."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Sequence

import psycopg

from servers.ingest.storage.store import Store
from servers.pool.generator import NewArtwork, PoolJob, SvgGenerator
from tests.servers.ingest.site import make_config

POOL = 100
LEVELS = (("85", 10, False), ("90", 20, False), ("95", 50, True))


@contextlib.contextmanager
def pool_of(
    database: str, artworks: int = POOL, *improvements: str
) -> Iterator[psycopg.Connection]:
    """Bring the schema up to date and yield a connection."""

    async def migrate() -> None:
        names = improvements or ("predictive_pool",)
        store = Store(make_config(database, pool=artworks, improvements=names))
        try:
            await store.open()
        finally:
            await store.close()

    asyncio.run(migrate())
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def see(connection: psycopg.Connection, user: str, numbers: Iterable[int], at_s: float = 0) -> None:
    """Insert impressions in one statement, seen ``at_s`` seconds after a fixed moment."""
    connection.execute(
        "INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at) "
        "SELECT %s, 'artwork-' || lpad(n::text, 4, '0'), to_timestamp(1700000000 + %s) "
        "FROM unnest(%s::int[]) AS n ORDER BY n ON CONFLICT DO NOTHING",
        (user, at_s, list(numbers)),
    )


def grow(connection: psycopg.Connection, artworks: int, stem: str = "more") -> None:
    """Add artworks that no user has seen."""
    connection.execute(
        "INSERT INTO art_sessions (id, title) "
        "SELECT %s::text || '-' || n, '' FROM generate_series(1, %s) AS n",
        (stem, artworks),
    )


def ordered(connection: psycopg.Connection, user: str = "ann") -> list[tuple[str, int]]:
    """Return level and epoch of a user's jobs, in the order in which they were made."""
    return connection.execute(
        "SELECT level, epoch FROM pool_jobs WHERE user_id = %s ORDER BY id", (user,)
    ).fetchall()


class Failing:
    """Fails ``failures`` times; then it makes what was ordered, or one less."""

    def __init__(self, failures: int = 0, missing: int = 0) -> None:
        self.failures = failures
        self.missing = missing

    def make(self, job: PoolJob) -> Sequence[NewArtwork]:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("no model")
        return SvgGenerator().make(job)[self.missing :]
