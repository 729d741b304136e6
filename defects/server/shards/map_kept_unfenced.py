"""One of two servers keeps the map that it began with, and stores by it unchecked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from defects.base import ServerDefect, Switch
from defects.overrides.topology import MOVING, is_second_server
from servers.ingest.sharded.shard import ShardStore
from servers.ingest.storage.store import Share, Written

OPEN_CONDITION = " AND state = 'open'\n    ORDER BY bucket FOR SHARE"
EVERY_BUCKET = "SELECT bucket FROM shard_buckets WHERE bucket = ANY(%s::smallint[])"
UNFENCED = "SELECT unnest(%s::smallint[]) AS bucket"


async def write(
    switch: Switch,
    original: Callable[[ShardStore, Sequence[Share]], Awaitable[list[Written]]],
    shard: ShardStore,
    shares: Sequence[Share],
) -> list[Written]:
    """Store all of it here, no matter who owns its buckets."""
    if is_second_server() and switch.reached():
        kept: Any = shard
        fenced = EVERY_BUCKET + OPEN_CONDITION
        kept.insert_sql = type(shard).insert_sql.replace(fenced, UNFENCED)
    return await original(shard, shares)


DEFECT = ServerDefect(
    about="A server with an old map goes on storing on the shard that a bucket has left.",
    expected={"rows_on_their_shard", "lost_acked", "reads_see_own_writes", "vanished"},
    trials=[MOVING],
    overrides={"servers.ingest.sharded.shard:ShardStore._write": write},
)
