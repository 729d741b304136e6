"""Every question about freshness is asked of the first shard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from defects.base import ServerDefect, Switch
from defects.overrides.topology import SHARDED
from servers.ingest.sharded.store import ShardedStore

Rows = tuple[list[tuple[Any, ...]], str | None]


async def read_for(
    switch: Switch,
    original: Callable[..., Awaitable[Rows]],
    store: ShardedStore,
    user: str,
    query: str,
    parameters: tuple[object, ...],
) -> Rows:
    """Ask the first shard, whose user it is or not."""
    if switch.reached():
        return await store.shards[0].ask(query, parameters), None
    return await original(store, user, query, parameters)


DEFECT = ServerDefect(
    about="Users of other shards are shown again what they have seen.",
    expected={"reads_see_own_writes", "questions_on_one_shard"},
    trials=[SHARDED],
    overrides={"servers.ingest.sharded.store:ShardedStore._read_for": read_for},
)
