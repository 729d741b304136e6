"""The rows of a bucket that has moved stay on its old shard as well."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from defects.base import Switch, WorkerDefect
from defects.overrides.topology import MOVING
from servers.sharding.steps import ShardSession


def remove_rows(
    switch: Switch,
    original: Callable[[ShardSession, Iterable[int]], int],
    shard: ShardSession,
    buckets: Iterable[int],
) -> int:
    """Remove nothing."""
    return 0 if switch.reached() else original(shard, buckets)


DEFECT = WorkerDefect(
    about="A count over all shards counts the impressions of moved users twice.",
    expected={"duplicate_stored", "rows_on_their_shard"},
    trials=[MOVING],
    overrides={"servers.sharding.steps:remove_rows": remove_rows},
    program="servers.sharding",
)
