"""A bucket is its new shard's, and its old shard does not give it away."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import Switch, WorkerDefect
from defects.overrides.topology import MOVING
from servers.sharding.steps import ShardSession


def leave(
    switch: Switch,
    original: Callable[[ShardSession, int], None],
    source: ShardSession,
    bucket: int,
) -> None:
    """Let the bucket be the source's, paused."""
    if not switch.reached():
        original(source, bucket)


DEFECT = WorkerDefect(
    about="Two shards call one bucket their own.",
    expected={"buckets_owned_once"},
    trials=[MOVING],
    overrides={"servers.sharding.steps:leave": leave},
    program="servers.sharding",
)
