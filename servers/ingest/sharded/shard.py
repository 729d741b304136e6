"""One shard: it stores only what belongs to buckets that it owns, and says what does not.

Who owns a bucket is decided where its rows are: the statement that writes holds a share lock on the
bucket's row until it has committed. Who wants to move a bucket changes that row, which waits for
writes under way; a write that comes later sees the change. So a server with an old map stores
nothing in the wrong place, whatever it believes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg.rows import TupleRow

from servers.ingest.storage.store import RECORD, UNIT, Share, Store, Written, apportion, moment
from servers.sharding.buckets import bucket_of

PATIENCE_S = 3.0
"""How long a statement on one shard is waited for: its end is then unknown, and it is let alone."""
RETRY_S = 1.0
"""A shard that did not answer is left alone for so long, and its users are refused at once."""
_log = logging.getLogger(__name__)
T = TypeVar("T")

_INSERT = r"""
WITH here AS MATERIALIZED (
    SELECT bucket FROM shard_buckets WHERE bucket = ANY(%s::smallint[]) AND state = 'open'
    ORDER BY bucket FOR SHARE
), new AS (
    INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at)
    SELECT s.u, a, min(to_timestamp(s.t))
    FROM unnest(string_to_array(%s, E'\x1e'), string_to_array(%s, E'\x1e')::float8[],
                string_to_array(%s, E'\x1e'), string_to_array(%s, E'\x1e')::smallint[])
             AS s (u, t, joined, bucket)
         JOIN here USING (bucket),
         unnest(string_to_array(s.joined, E'\x1f')) AS a
    GROUP BY s.u, a
    ORDER BY s.u COLLATE "C", a COLLATE "C"
    ON CONFLICT (user_id, artwork_id) DO NOTHING
    RETURNING user_id, artwork_id
)
SELECT user_id, string_agg(artwork_id, E'\x1f') FROM new GROUP BY user_id
UNION ALL SELECT bucket::text, NULL FROM here
"""
_HERE = "SELECT EXISTS (SELECT FROM shard_buckets WHERE bucket = %s AND state <> 'moved')"


class ShardAway(psycopg.OperationalError):
    """A shard did not answer in time, or did not a moment ago."""


class ShardStore(Store):
    """One shard's rows."""

    insert_sql = _INSERT
    _away_until_s = 0.0
    _abandoned: frozenset[asyncio.Task[Any]] = frozenset()

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        """Store those shares whose buckets are this shard's; of the others nothing.

        Raises psycopg.Error as ``Store.write`` does, and ShardAway.
        """
        return await self._bounded(self._write(shares))

    async def ask_here(
        self, bucket: int, query: str, parameters: tuple[object, ...]
    ) -> list[TupleRow] | None:
        """Return the rows of a statement about a bucket's users; None where it is not here.

        What is still here afterwards was here before. Raises psycopg.Error and ShardAway.
        """
        return await self._bounded(self._ask_here(bucket, query, parameters))

    async def ask(self, query: str, parameters: tuple[object, ...]) -> list[TupleRow]:
        """Return the rows of one statement. Raises psycopg.Error and ShardAway."""
        return await self._bounded(self._read(query, parameters))

    async def alive(self) -> bool:
        """Say whether the shard answers in time."""
        try:
            await self.ask("SELECT 1", ())
        except psycopg.Error:
            return False
        return True

    async def _write(self, shares: Sequence[Share]) -> list[Written]:
        buckets = [bucket_of(share.user) for share in shares]
        async with self._writing.connection() as connection:
            cursor = await connection.execute(
                self.insert_sql.encode(),
                (
                    sorted(set(buckets)),
                    RECORD.join([share.user for share in shares]),
                    RECORD.join([moment(share.seen_at_s) for share in shares]),
                    RECORD.join([UNIT.join(share.artworks) for share in shares]),
                    RECORD.join(map(str, buckets)),
                ),
                prepare=True,
            )
            rows = await cursor.fetchall()
        here = {int(bucket) for bucket, joined in rows if joined is None}
        new = {user: joined.split(UNIT) for user, joined in rows if joined is not None}
        return [
            part if bucket in here else Written(0, 0, is_here=False)
            for bucket, part in zip(buckets, apportion(shares, new), strict=True)
        ]

    async def _ask_here(
        self, bucket: int, query: str, parameters: tuple[object, ...]
    ) -> list[TupleRow] | None:
        async with self._reading.connection() as connection:
            rows = await (await connection.execute(query.encode(), parameters)).fetchall()
            [(is_here,)] = await (await connection.execute(_HERE, (bucket,))).fetchall()
        return rows if is_here else None

    async def _bounded(self, asking: Coroutine[Any, Any, T]) -> T:
        """Return what a statement returns. Raises ShardAway once it has taken too long.

        It is not cancelled: to cancel on a server that stands still would wait for that server.
        """
        if time.monotonic() < self._away_until_s:
            asking.close()
            raise ShardAway("the shard did not answer a moment ago")
        task = asyncio.ensure_future(asking)
        done, _ = await asyncio.wait({task}, timeout=PATIENCE_S)
        if done:
            return task.result()
        self._away_until_s = time.monotonic() + RETRY_S
        self._abandoned |= {task}
        task.add_done_callback(self._forget)
        raise ShardAway(f"the shard did not answer within {PATIENCE_S:g} s")

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._abandoned -= {task}
        if not task.cancelled() and task.exception() is not None:
            _log.warning("a statement that was no longer waited for: %s", task.exception())

    def connection_options(self) -> dict[str, Any]:
        """Return what each connection is opened with: a shard that is cut off is given up soon."""
        return {
            **super().connection_options(),
            "connect_timeout": 3,
            "tcp_user_timeout": 5_000,
            "keepalives_idle": 2,
            "keepalives_interval": 1,
            "keepalives_count": 3,
        }
