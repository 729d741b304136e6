"""A server writes to one shard at a time: who stands still holds up the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from defects.base import ServerDefect, Switch
from defects.overrides.topology import SHARD_STILL
from servers.ingest.sharded.shard import ShardStore
from servers.ingest.storage.store import Share, Written


async def write(
    switch: Switch,
    original: Callable[[ShardStore, Sequence[Share]], Awaitable[list[Written]]],
    shard: ShardStore,
    shares: Sequence[Share],
) -> list[Written]:
    """Wait until no other shard is written to."""
    if not switch.reached():
        return await original(shard, shares)
    lane = switch.memory.setdefault("lane", asyncio.Lock())
    async with lane:
        return await original(shard, shares)


DEFECT = ServerDefect(
    about="Users of three shards wait for the fourth, which stands still.",
    expected={"other_shards_undisturbed"},
    trials=[SHARD_STILL],
    overrides={"servers.ingest.sharded.shard:ShardStore.write": write},
)
