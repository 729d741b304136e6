"""A worker takes every tenth batch for one that it has stored already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import Switch, WorkerDefect
from defects.overrides.queue import WORKERS, queued
from servers.queue.message import QueuedBatch
from servers.queue.worker import QueueWorkers


async def store(
    switch: Switch,
    original: Callable[[QueueWorkers, QueuedBatch], Awaitable[None]],
    workers: QueueWorkers,
    batch: QueuedBatch,
) -> None:
    """Store it, or not."""
    if not (switch.every(10) and switch.reached()):
        await original(workers, batch)


DEFECT = WorkerDefect(
    about="A batch that was delivered is acknowledged and never stored.",
    expected={"deliveries_committed", "settled_after_commit", "lost_acked"},
    trials=[queued()],
    overrides={"servers.queue.worker:QueueWorkers.store": store},
    program=WORKERS,
)
