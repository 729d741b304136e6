"""What goes wrong with a streaming replica: it stands still, it is cut off, its primary is lost."""

from __future__ import annotations

from typing import Any

import psycopg

from harness.core.wait import wait_until
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.network import DatabaseKilled, NetworkRow
from harness.target.session import connected
from harness.target.target import Part

OBEYED_S = 10.0
PROMOTED_S = 60

_STATE = "SELECT pg_is_in_recovery() AND pg_get_wal_replay_pause_state() = 'paused'"
_BEHIND = "SELECT (pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn())::bigint"
_RECEIVERS = "SELECT count(*) FROM pg_stat_wal_receiver"
_UPSTREAM = "SELECT setting FROM pg_settings WHERE name = 'primary_conninfo'"
_IN_RECOVERY = "SELECT pg_is_in_recovery()"


class ReplayPaused:
    """The replica takes the log and does not repeat it: what it answers gets older."""

    name = "replay paused"

    def __init__(self, replica: str) -> None:
        """``replica`` is a connection string of its owner's."""
        self._replica = replica

    async def inject(self) -> None:
        """Pause it; returns when nothing more is repeated."""
        await _ask(self._replica, "SELECT pg_wal_replay_pause()")
        await wait_until("replay is paused", self.evidence, timeout_s=OBEYED_S)

    async def heal(self) -> None:
        """Let it go on."""
        if await self.evidence():
            await _ask(self._replica, "SELECT pg_wal_replay_resume()")

    async def evidence(self) -> str:
        """Return that it is paused, by its own word, and by how much it is behind."""
        if not await _ask(self._replica, _STATE):
            return ""
        return f"replay is paused, {await _ask(self._replica, _BEHIND)} bytes behind what came"


class ReplicaCutOff:
    """The replica hears nothing of its primary: the way between them is gone."""

    name = "replica cut off"

    def __init__(self, replica: str) -> None:
        """``replica`` is a connection string of its owner's."""
        self._replica = replica
        self._upstream = ""

    async def inject(self) -> None:
        """Take its primary from it; returns when it receives nothing any more."""
        upstream = str(await _ask(self._replica, _UPSTREAM))
        await self._follow("")
        self._upstream = upstream
        await wait_until("the replica receives nothing", self.evidence, timeout_s=OBEYED_S)

    async def heal(self) -> None:
        """Let it follow its primary again, unless it was promoted."""
        if self._upstream and await _ask(self._replica, _IN_RECOVERY):
            await self._follow(self._upstream)

    async def evidence(self) -> str:
        """Return that it receives nothing, by its own word."""
        return "" if await _ask(self._replica, _RECEIVERS) else "the replica receives nothing"

    async def _follow(self, upstream: str) -> None:
        quoted = psycopg.sql.Literal(upstream).as_string()
        await _ask(self._replica, f"ALTER SYSTEM SET primary_conninfo = {quoted}")
        await _ask(self._replica, "SELECT pg_reload_conf()")


class PrimaryLost:
    """The primary is gone for good, and its replica is promoted in its place."""

    name = "primary lost"

    def __init__(self, primary: Part, replica: str, network: WitnessFile[NetworkRow]) -> None:
        """``replica`` is a connection string of its owner's."""
        self._primary = primary
        self._replica = replica
        self._network = network

    async def inject(self) -> None:
        """Crash the primary and promote the replica; returns when that takes writes."""
        self._network.saw(DatabaseKilled(fault=self.name))
        await self._primary.stop(killed=True)
        await _ask(self._replica, f"SELECT pg_promote(true, {PROMOTED_S})")
        await wait_until("the replica is promoted", self.evidence, timeout_s=OBEYED_S)

    async def heal(self) -> None:
        """Nothing is undone: two primaries would be worse than none."""

    async def evidence(self) -> str:
        """Return that the replica takes writes and that the primary is gone."""
        if self._primary.pid or await _ask(self._replica, _IN_RECOVERY):
            return ""
        return "the primary is gone and the replica takes writes"


async def _ask(dsn: str, query: str) -> Any:
    """Return the first value that a statement gives, None without one. Raises psycopg.Error."""
    async with await connected(dsn) as connection:
        cursor = await connection.execute(query.encode())
        row = await cursor.fetchone() if cursor.description else None
        return row[0] if row else None
