"""The server's own sessions do not wait for the replica."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import ServerDefect, Switch
from defects.overrides.topology import SUCCEEDED
from servers.ingest.storage.store import Connection, Store


async def configure(
    switch: Switch,
    original: Callable[[Store, Connection], Awaitable[None]],
    store: Store,
    connection: Connection,
) -> None:
    """Let a commit return once it is on the primary's disk."""
    await original(store, connection)
    if switch.reached():
        await connection.execute("SET synchronous_commit = local")


DEFECT = ServerDefect(
    about="A batch is acknowledged before the synchronous replica has it.",
    expected={"promotion_kept_acknowledged", "lost_acked"},
    trials=[SUCCEEDED],
    overrides={"servers.ingest.storage.store:Store._configure": configure},
)
