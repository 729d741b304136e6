"""What an administrator tells PgBouncer on its console: to pause, or to connect anew."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from harness.core.wait import wait_until

CONNECT_TIMEOUT_S = 5
RECONNECTED_S = 10.0


class PoolerPaused:
    """No transaction begins: each waits until the pooler goes on."""

    name = "pooler paused"

    def __init__(self, console: str, dsn: str) -> None:
        """``dsn`` names the database whose transactions wait."""
        self._console = console
        self._database = str(conninfo_to_dict(dsn)["dbname"])

    async def inject(self) -> None:
        """Pause it; returns when the transactions that were under way have ended."""
        await _say(self._console, f"PAUSE {self._database}")

    async def heal(self) -> None:
        """Let it go on."""
        if await self.evidence():
            await _say(self._console, f"RESUME {self._database}")

    async def evidence(self) -> str:
        """Return that the database is paused, by the pooler's own word."""
        rows = await _say(self._console, "SHOW DATABASES")
        paused = any(row["name"] == self._database and row["paused"] for row in rows)
        return "the pooler is paused" if paused else ""


class PoolerReconnected:
    """Every connection to PostgreSQL is replaced by a new one; nothing is broken."""

    name = "pooler reconnected"
    disturbs = False

    def __init__(self, console: str) -> None:
        self._console = console
        self._before: frozenset[str] | None = None

    async def inject(self) -> None:
        """Tell it to; returns when each connection that there was is gone."""
        before = await self._connections()
        await _say(self._console, "RECONNECT")
        self._before = before
        await wait_until(
            "every connection of the pooler is new",
            self.evidence,
            timeout_s=RECONNECTED_S,
            interval_s=0.1,
        )

    async def heal(self) -> None:
        """Nothing is to be undone."""

    async def evidence(self) -> str:
        """Return that none of the connections is left that there were before."""
        if not self._before or self._before & await self._connections():
            return ""
        return f"{len(self._before)} connections were replaced"

    async def _connections(self) -> frozenset[str]:
        rows = await _say(self._console, "SHOW SERVERS")
        # A pointer may be used again, and so may a port; both together with a time are one's own.
        return frozenset(f"{row['ptr']} {row['local_port']} {row['connect_time']}" for row in rows)


async def _say(console: str, command: str) -> list[dict[str, Any]]:
    """Give the console a command; return its rows. Raises psycopg.Error."""
    connection = await psycopg.AsyncConnection.connect(
        console,
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_S,
        prepare_threshold=None,
        row_factory=dict_row,
    )
    async with connection:
        cursor = await connection.execute(command.encode())
        return await cursor.fetchall() if cursor.description else []
