"""A database that keeps count of what users have seen, and what it has counted."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import psycopg

from servers.ingest.storage.rollups import FOLD, KPIS, Kpis, drift
from servers.ingest.storage.store import Store
from tests.servers.ingest.site import make_config


@contextlib.contextmanager
def open_once(database: str, *improvements: str, pool: int = 20) -> Iterator[psycopg.Connection]:
    async def migrate() -> None:
        store = Store(make_config(database, pool=pool, improvements=improvements))
        try:
            await store.open()
        finally:
            await store.close()

    asyncio.run(migrate())
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def see(connection: psycopg.Connection, user: str, *numbers: int) -> None:
    keys = [(user, artwork(number)) for number in numbers]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO user_art_impressions (user_id, artwork_id) "
            "SELECT * FROM unnest(%s::text[], %s::text[]) ON CONFLICT DO NOTHING",
            ([user for user, _ in keys], [name for _, name in keys]),
        )


def artwork(number: int) -> str:
    return f"artwork-{number:04}"


def users(connection: psycopg.Connection) -> dict[str, tuple[int, int]]:
    found = connection.execute("SELECT user_id, viewed, viewed_active FROM user_freshness")
    return {user: (viewed, active) for user, viewed, active in found}


def kpis(connection: psycopg.Connection) -> Kpis:
    row = connection.execute(KPIS.encode()).fetchone()
    assert row is not None
    return Kpis(*row)


def fold(connection: psycopg.Connection) -> int:
    row = connection.execute(FOLD.encode()).fetchone()
    assert row is not None
    return int(row[0])


def agree(connection: psycopg.Connection) -> None:
    assert [one.line() for one in drift(connection)] == []


def deltas(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM user_freshness_deltas").fetchone()
    assert row is not None
    return int(row[0])
