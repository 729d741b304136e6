"""The server's own sessions do not wait for their commits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import VISIT, ServerDefect, Switch
from servers.ingest.storage.store import Connection, Store


async def configure(
    switch: Switch,
    original: Callable[[Store, Connection], Awaitable[None]],
    store: Store,
    connection: Connection,
) -> None:
    """Turn synchronous_commit off for this connection alone: the system's setting stays on."""
    await original(store, connection)
    if switch.reached():
        await connection.execute(b"SET synchronous_commit = off")


DEFECT = ServerDefect(
    about="Commits of the server's sessions do not wait for their own record.",
    expected={"commits_durable"},
    trials=[VISIT],
    overrides={"servers.ingest.storage.store:Store._configure": configure},
)
