"""A bucket is switched before its target has all that was stored: the copying is behind."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import Switch, WorkerDefect
from defects.overrides.topology import MOVING, fall_behind
from servers.sharding.steps import ShardSession


def pause(
    switch: Switch,
    original: Callable[[ShardSession, int], None],
    source: ShardSession,
    bucket: int,
) -> None:
    """Pause the bucket once its copying is behind."""
    if not switch.twin and "target" in switch.memory:
        fall_behind(source, switch.memory["target"], bucket)
    original(source, bucket)


def copy(
    switch: Switch,
    original: Callable[[ShardSession, ShardSession], None],
    source: ShardSession,
    target: ShardSession,
) -> None:
    """Copy what there is, and remember where it goes."""
    switch.memory["target"] = target
    original(source, target)


def catch_up(
    switch: Switch,
    original: Callable[[ShardSession, ShardSession], str],
    source: ShardSession,
    target: ShardSession,
) -> str:
    """Wait for nothing."""
    return "" if switch.reached() else original(source, target)


DEFECT = WorkerDefect(
    about="What was stored last on the old shard is removed there and nowhere else.",
    expected={"lost_acked", "vanished"},
    trials=[MOVING],
    overrides={
        "servers.sharding.steps:copy": copy,
        "servers.sharding.steps:pause": pause,
        "servers.sharding.steps:catch_up": catch_up,
    },
    program="servers.sharding",
)
