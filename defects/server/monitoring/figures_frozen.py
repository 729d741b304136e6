"""The figures on users are read once and kept for ever."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import ServerDefect, Switch
from defects.overrides.monitoring import caused
from servers.ingest.storage.rollups import Kpis
from servers.ingest.storage.store import Store

Ask = Callable[[Store], Awaitable[Kpis | None]]
_KEPT = "figures"


async def kpis(switch: Switch, original: Ask, store: Store) -> Kpis | None:
    """Answer what was found at first."""
    if not switch.reached():
        return await original(store)
    if _KEPT not in switch.memory:
        switch.memory[_KEPT] = await original(store)
    found: Kpis | None = switch.memory[_KEPT]
    return found


DEFECT = ServerDefect(
    about="The figures on users are those of the first time that somebody asked.",
    expected={"alert_fired", "users_as_counted"},
    trials=[caused("PoolExhausted")],
    overrides={"servers.ingest.storage.store:Store.kpis": kpis},
)
