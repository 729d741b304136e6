"""A replica that was fresh enough once is asked ever after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import ServerDefect, Switch
from defects.overrides.topology import PAUSED
from servers.ingest.storage.replica import Connection, ReplicaReads


async def has_repeated(
    switch: Switch,
    original: Callable[[ReplicaReads, Connection, int], Awaitable[bool]],
    reads: ReplicaReads,
    connection: Connection,
    wanted: int,
) -> bool:
    """Return that it has what is wanted once it had it the first time."""
    found = await original(reads, connection, wanted)
    was_fresh = switch.memory.setdefault("was_fresh", found) or found
    switch.memory["was_fresh"] = was_fresh
    return was_fresh if switch.reached() else found


DEFECT = ServerDefect(
    about="Reads stay with the replica although it no longer keeps up.",
    expected={"reads_see_own_writes"},
    trials=[PAUSED],
    overrides={"servers.ingest.storage.replica:ReplicaReads._has_repeated": has_repeated},
)
