"""Answers of the primary are called the replica's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import ServerDefect, Switch
from defects.overrides.topology import PAUSED
from servers.ingest.storage.store import Freshness, Store


async def freshness(
    switch: Switch, original: Callable[[Store, str], Awaitable[Freshness]], store: Store, user: str
) -> Freshness:
    """Return the answer as the replica's."""
    found = await original(store, user)
    return found._replace(source="replica") if switch.reached() else found


DEFECT = ServerDefect(
    about="The server says that the replica answered what it never was asked.",
    expected={"replica_bears_out_answers"},
    trials=[PAUSED],
    overrides={"servers.ingest.storage.store:Store.freshness": freshness},
)
