"""A bucket goes on taking writes on its old shard until it is switched."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import Switch, WorkerDefect
from defects.overrides.topology import MOVING, fall_behind
from servers.sharding.steps import ShardSession

Change = Callable[[ShardSession, int], None]
PAUSED_SQL = "UPDATE shard_buckets SET state = 'paused' WHERE bucket = %s"


def pause(switch: Switch, original: Change, source: ShardSession, bucket: int) -> None:
    """Pause nothing."""
    if not switch.reached():
        original(source, bucket)


def catch_up(
    switch: Switch,
    original: Callable[[ShardSession, ShardSession], str],
    source: ShardSession,
    target: ShardSession,
) -> str:
    """Catch up for as long as anything is copied, and remember where it goes."""
    position = original(source, target) if "target" not in switch.memory or switch.twin else ""
    switch.memory["target"] = target
    return position


def leave(switch: Switch, original: Change, source: ShardSession, bucket: int) -> None:
    """Give the bucket away with what was stored in it since."""
    if not switch.twin:
        fall_behind(source, switch.memory["target"], bucket)
        source.ask(PAUSED_SQL, bucket)
    original(source, bucket)


DEFECT = WorkerDefect(
    about="What is stored between catching up and the switch stays behind, and is removed.",
    expected={"lost_acked", "vanished"},
    trials=[MOVING],
    overrides={
        "servers.sharding.steps:pause": pause,
        "servers.sharding.steps:catch_up": catch_up,
        "servers.sharding.steps:leave": leave,
    },
    program="servers.sharding",
)
