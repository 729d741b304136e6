"""Workers take messages that the broker forgets as it delivers them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from defects.base import Switch, WorkerDefect
from defects.overrides.queue import WORKERS, queued
from servers.queue.worker import QueueWorkers, Take


async def subscribe(
    switch: Switch,
    original: Callable[[QueueWorkers, AbstractQueue, Take], Awaitable[None]],
    workers: QueueWorkers,
    queue: AbstractQueue,
    take: Take,
) -> None:
    """Take messages without acknowledgement."""
    if not switch.reached():
        await original(workers, queue, take)
        return
    switch.memory["unguarded"] = True
    await queue.consume(take, no_ack=True)


async def acknowledge(
    switch: Switch,
    original: Callable[[QueueWorkers, AbstractIncomingMessage], Awaitable[None]],
    workers: QueueWorkers,
    message: AbstractIncomingMessage,
) -> None:
    """Acknowledge nothing that is forgotten already."""
    if "unguarded" not in switch.memory:
        await original(workers, message)


DEFECT = WorkerDefect(
    about="A message is gone as soon as it is delivered, whatever becomes of its worker.",
    expected={"deliveries_guarded", "lost_acked"},
    trials=[queued()],
    overrides={
        "servers.queue.worker:QueueWorkers.subscribe": subscribe,
        "servers.queue.worker:QueueWorkers.acknowledge": acknowledge,
    },
    program=WORKERS,
)
