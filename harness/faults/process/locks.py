"""A slow database: for a while no row can be written, though every row can be read."""

from __future__ import annotations

import psycopg
from psycopg import sql

from harness.core.errors import HarnessError
from harness.target.session import connected
from harness.target.target import Table

_GRANTED_S = 5.0
"""How long the lock may take: whatever writes at the moment ends first."""


class WritesWait:
    """A lock of the harness's own connection on the table of impressions.

    Its mode is SHARE: a statement that inserts, updates or deletes waits until it is healed, one
    that only selects does not. A server that selects first and inserts then has therefore selected
    for every request before it inserts for one.
    """

    name = "writes wait for a lock"
    acts_on_use = True
    disturbs = False
    """It keeps writes waiting for less long than any request waits for its answer."""

    def __init__(self, dsn: str, table: Table) -> None:
        self._dsn = dsn
        self._table = sql.Identifier(*table.name.split("."))
        self._connection: psycopg.AsyncConnection | None = None
        self._most = 0

    async def inject(self) -> None:
        """Take the lock. Raises HarnessError when the database does not give it."""
        lock = sql.SQL("LOCK TABLE {} IN SHARE MODE").format(self._table)
        try:
            self._connection = await connected(self._dsn, autocommit=False)
            await self._connection.execute(
                sql.SQL("SET LOCAL lock_timeout = {}").format(int(_GRANTED_S * 1000))
            )
            await self._connection.execute(lock)
        except psycopg.Error as error:
            await self.heal()
            reason = " ".join(str(error).split())
            raise HarnessError(f"the table of impressions cannot be locked: {reason}") from error

    async def heal(self) -> None:
        """Give the lock back."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def waiting(self) -> int:
        """Return how many statements wait for the lock now."""
        if self._connection is None:
            return 0
        cursor = await self._connection.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE wait_event_type = 'Lock' AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        row = await cursor.fetchone()
        found = int(row[0]) if row else 0
        self._most = max(self._most, found)
        return found

    async def evidence(self) -> str:
        """Return how many statements waited for the lock, empty if none was seen to."""
        await self.waiting()
        return f"{self._most} statements waited" if self._most else ""
