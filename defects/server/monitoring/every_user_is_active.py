"""The figures on active users are those of all users."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import ServerDefect, Switch
from defects.overrides.monitoring import caused
from servers.ingest.storage.rollups import Kpis
from servers.ingest.storage.store import Store

Ask = Callable[[Store], Awaitable[Kpis | None]]


async def kpis(switch: Switch, original: Ask, store: Store) -> Kpis | None:
    """Take every user for an active one."""
    found = await original(store)
    if found is None or not switch.reached():
        return found
    return found._replace(active_users=found.users)


DEFECT = ServerDefect(
    about="Users with a single view count as active.",
    expected={"users_as_counted"},
    trials=[caused("PoolExhausted")],
    overrides={"servers.ingest.storage.store:Store.kpis": kpis},
)
