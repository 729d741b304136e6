"""A bucket is paused long before its target has what was stored."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import Switch, WorkerDefect
from defects.overrides.topology import MOVING, wait_s
from servers.sharding.steps import ShardSession

LONG_S = 4.0


def catch_up(
    switch: Switch,
    original: Callable[[ShardSession, ShardSession], str],
    source: ShardSession,
    target: ShardSession,
) -> str:
    """Catch up, and go on some seconds later."""
    position = original(source, target)
    if switch.reached():
        wait_s(LONG_S)
    return position


DEFECT = WorkerDefect(
    about="Users of a bucket that moves wait for seconds.",
    expected={"buckets_moved", "waits_bounded"},
    trials=[MOVING],
    overrides={"servers.sharding.steps:catch_up": catch_up},
    program="servers.sharding",
)
