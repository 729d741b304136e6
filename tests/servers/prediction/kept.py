"""A database that keeps predictions, and what users have seen in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from servers.ingest.storage.migrate import migrate, seed_pool
from servers.prediction.seen import UserView
from tests.servers.prediction.people import POOL


async def kept_predictions(database: str, *, artworks: int = 5) -> None:
    """Make the tables, and a pool of artworks."""
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await migrate(connection, ("prediction",))
        await seed_pool(connection, artworks)


def see(connection: psycopg.Connection[Any], views: Iterable[UserView]) -> None:
    """Store views."""
    rows = [(view.user, view.artwork, view.at_s) for view in views]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at)"
            " VALUES (%s, %s, to_timestamp(%s))",
            rows,
        )


def pool_of_people(connection: psycopg.Connection[Any]) -> None:
    """Make the pool at which ``people`` look the only one."""
    connection.execute("DELETE FROM art_sessions")
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO art_sessions (id, title) VALUES (%s, %s)", [(a, a) for a in POOL]
        )
