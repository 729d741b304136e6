"""No read goes to the replica."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from defects.base import ServerDefect, Switch
from defects.overrides.topology import FOLLOWED
from servers.ingest.storage.replica import ReplicaReads

Rows = list[tuple[Any, ...]] | None


async def read(
    switch: Switch,
    original: Callable[..., Awaitable[Rows]],
    reads: ReplicaReads,
    user: str,
    query: str,
    parameters: tuple[object, ...],
) -> Rows:
    """Return that the replica cannot be asked."""
    return None if switch.reached() else await original(reads, user, query, parameters)


DEFECT = ServerDefect(
    about="The replica costs what it costs, and the primary answers everything.",
    expected={"replica_answered"},
    trials=[FOLLOWED],
    overrides={"servers.ingest.storage.replica:ReplicaReads.read": read},
)
