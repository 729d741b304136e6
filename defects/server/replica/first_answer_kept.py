"""What a replica answers a user first is what the user is answered from then on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.storage.replica import ReplicaReads

Rows = list[tuple[Any, ...]] | None
Read = Callable[[ReplicaReads, str, str, tuple[object, ...]], Awaitable[Rows]]


async def read(
    switch: Switch,
    original: Read,
    replica: ReplicaReads,
    user: str,
    query: str,
    parameters: tuple[object, ...],
) -> Rows:
    """Return the first rows that the replica had for the user."""
    rows = await original(replica, user, query, parameters)
    if not switch.reached():
        return rows
    first: Rows = switch.memory.setdefault((user, query), rows)
    return first


DEFECT = ServerDefect(
    about="An answer about freshness is kept for good, and falls behind further and further.",
    expected={"reads_catch_up"},
    trials=[Trial("scale_out", topology="full", fault="none")],
    overrides={"servers.ingest.storage.replica:ReplicaReads.read": read},
)
