"""What the collector stores: a row for each impression, and one more for each view stored twice.

A client's unit is the event. Two views of one artwork are two events and one impression: the
second adds no row. The same event again, known by the client's id, adds none either, as the
client's own server would have it. What remains, one view under two ids or under none, is a
duplicate, and becomes a row.

A request that comes again under the number that the page gave it was repeated on its way, by the
browser or by a proxy: the client sent it once, so nothing of it is stored again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from servers.collector.reading import View

Pool = AsyncConnectionPool[psycopg.AsyncConnection[TupleRow]]

_LOCK = 0x636F6C6C  # any constant will do; "coll"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS user_art_impressions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id text COLLATE "C" NOT NULL,
    artwork_id text COLLATE "C" NOT NULL,
    viewed_at timestamptz NOT NULL DEFAULT now(),
    view text
);
CREATE INDEX IF NOT EXISTS user_art_impressions_user_artwork
    ON user_art_impressions (user_id, artwork_id);
CREATE TABLE IF NOT EXISTS collected_events (event text COLLATE "C" PRIMARY KEY);
CREATE TABLE IF NOT EXISTS collected_requests (request text COLLATE "C" PRIMARY KEY);
"""
_REQUEST = "INSERT INTO collected_requests VALUES (%s) ON CONFLICT DO NOTHING RETURNING 1"
_EVENT = "INSERT INTO collected_events VALUES (%s) ON CONFLICT DO NOTHING RETURNING 1"
_ROW = """
INSERT INTO user_art_impressions (user_id, artwork_id, view)
SELECT %(user)s, %(artwork)s, %(view)s WHERE NOT EXISTS (
    SELECT 1 FROM user_art_impressions
    WHERE user_id = %(user)s AND artwork_id = %(artwork)s AND view IS DISTINCT FROM %(view)s)
RETURNING 1
"""


class StoredEvents(NamedTuple):
    """For each view whether it is a new row, and whether its request was stored before."""

    new: list[bool]
    is_repeated: bool = False


class EventStore:
    """The rows; an async context manager. Raises psycopg.Error where no database answers within
    ``opening_s``."""

    def __init__(self, dsn: str, *, opening_s: float = 20.0) -> None:
        self._opening_s = opening_s
        self._pool: Pool = AsyncConnectionPool(
            dsn, min_size=1, max_size=4, open=False, kwargs={"prepare_threshold": None}
        )

    async def __aenter__(self) -> EventStore:
        await self._pool.open(wait=True, timeout=self._opening_s)
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            await connection.execute(_SCHEMA)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._pool.close()

    async def write(self, views: Sequence[View], *, request: str = "") -> StoredEvents:
        """Store views in one transaction; return after COMMIT, for each, whether it is a new row.

        ``request`` is the number of the request, empty where the page gave it none. Raises
        psycopg.Error: nothing is stored, unless the connection broke meanwhile.
        """
        written = []
        async with self._pool.connection() as connection, connection.transaction():
            # One writer at a time: which of two views is the first must not be a race.
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            if request:
                found = await connection.execute(_REQUEST, (request,))
                if await found.fetchone() is None:
                    return StoredEvents([False] * len(views), is_repeated=True)
            for view in views:
                written.append(await _write(connection, view))
        return StoredEvents(written)


async def _write(connection: psycopg.AsyncConnection[TupleRow], view: View) -> bool:
    if view.event is not None:
        found = await connection.execute(_EVENT, (view.event,))
        if await found.fetchone() is None:
            return False
    fields = {"user": view.user, "artwork": view.artwork, "view": view.view}
    return await (await connection.execute(_ROW, fields)).fetchone() is not None
