"""A question about one user is asked of every shard, and one answer is taken."""

from __future__ import annotations

import asyncio
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
    """Ask all of them besides."""
    if switch.reached():
        await asyncio.gather(*[shard.ask(query, parameters) for shard in store.shards])
    return await original(store, user, query, parameters)


DEFECT = ServerDefect(
    about="Shards take nothing off one another: each answers everybody's questions.",
    expected={"questions_on_one_shard"},
    trials=[SHARDED],
    overrides={"servers.ingest.sharded.store:ShardedStore._read_for": read_for},
)
