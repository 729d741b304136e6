"""One of two servers has another hash of users than the rest of the world."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from defects.base import ServerDefect, Switch
from defects.overrides.topology import SHARDED, is_second_server
from servers.sharding.buckets import BUCKETS


def bucket_of(switch: Switch, original: Callable[[str], int], user: str) -> int:
    """Return a bucket by CRC-32 in the second server."""
    if is_second_server() and switch.reached():
        return zlib.crc32(user.encode()) % BUCKETS
    return original(user)


DEFECT = ServerDefect(
    about="The same user's rows are on two shards, as one server or the other stored them.",
    expected={"rows_on_their_shard", "duplicate_stored", "reads_see_own_writes"},
    trials=[SHARDED],
    overrides={
        "servers.ingest.sharded.shard:bucket_of": bucket_of,
        "servers.ingest.sharded.store:bucket_of": bucket_of,
    },
)
