"""Reads on a streaming replica that show every session what it has written itself.

After each COMMIT the position of the primary's log is remembered for the users whose impressions
it stored. A user's read goes to the replica only if the replica has repeated the log up to there;
the connection that reads is the one that says so, and what was repeated stays so. Any other read
goes to the primary. PostgreSQL 18 has nothing that waits for a position; that is why it is asked.

What is remembered is this process's own: a server of several processes, or several servers, would
have to send the position with the session.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

import psycopg
import psycopg_pool
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

Connection = psycopg.AsyncConnection[TupleRow]
Pool = AsyncConnectionPool[Connection]

USERS_MAX = 100_000
PATIENCE_S = 1.0
RETRY_S = 1.0
"""A replica that was away is tried again after this."""
WRITTEN = "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint"
"""Where the log of the primary is written now, at least as far as every commit before it."""
REPEATED = "SELECT (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint"
"""How far a replica has repeated it; once it was promoted, how far it had."""
_log = logging.getLogger(__name__)


class Positions:
    """How far the log went with each user's last write, for at most ``most`` users.

    A user whom it does not know may have written before it began, or so long ago that it was
    forgotten: the position is then the furthest that such a write can have.
    """

    def __init__(self, most: int = USERS_MAX) -> None:
        self._most = most
        self._of: OrderedDict[str, int] = OrderedDict()
        self._others = 0

    def begin(self, position: int) -> None:
        """Note how far the log is before the first write."""
        self._others = max(self._others, position)

    def wrote(self, users: Iterable[str], position: int) -> None:
        """Note that users' rows were committed before ``position``."""
        for user in users:
            self._of[user] = max(self._of.pop(user, 0), position)
        while len(self._of) > self._most:
            _, forgotten = self._of.popitem(last=False)
            self._others = max(self._others, forgotten)

    def of(self, user: str) -> int:
        """Return the position that shows a user all that the user has written."""
        return self._of.get(user, self._others)


class ReplicaReads:
    """The connections to one replica, and which users' reads it may answer."""

    def __init__(self, pool: Pool, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._clock_s = clock_s
        self._away_until_s = 0.0
        self.positions = Positions()

    async def open(self) -> None:
        """Start to connect; a replica that is away is no reason not to serve."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    async def read(
        self, user: str, query: str, parameters: tuple[object, ...]
    ) -> list[TupleRow] | None:
        """Return the rows of one statement; None where the replica is away, or has not repeated
        what the user wrote."""
        if self._clock_s() < self._away_until_s:
            return None
        wanted = self.positions.of(user)
        try:
            async with (
                asyncio.timeout(PATIENCE_S),
                self._pool.connection(timeout=PATIENCE_S) as connection,
            ):
                if not await self._has_repeated(connection, wanted):
                    return None
                return await (await connection.execute(query.encode(), parameters)).fetchall()
        except (psycopg.OperationalError, psycopg_pool.PoolTimeout, TimeoutError) as error:
            self._away_until_s = self._clock_s() + RETRY_S
            _log.warning("the replica does not answer: %s", error or type(error).__name__)
            return None

    async def _has_repeated(self, connection: Connection, wanted: int) -> bool:
        row = await (await connection.execute(REPEATED)).fetchone()
        return row is not None and row[0] is not None and int(row[0]) >= wanted
