"""A worker acknowledges a message, and stores its batch afterwards."""

from __future__ import annotations

from aio_pika.abc import AbstractIncomingMessage

from defects.base import Switch, WorkerDefect
from defects.overrides.queue import HANDLE, WORKERS, Handle, queued
from harness.core.clock import pause
from servers.queue.message import Malformed, decoded
from servers.queue.worker import QueueWorkers

LATE_S = 0.5


async def handle(
    switch: Switch, original: Handle, workers: QueueWorkers, message: AbstractIncomingMessage
) -> None:
    """Acknowledge a batch first."""
    try:
        batch = decoded(message.body)
    except Malformed:
        await original(workers, message)
        return
    if not switch.reached():
        await original(workers, message)
        return
    await workers.acknowledge(message)
    await pause(LATE_S)
    await workers.store(batch)


DEFECT = WorkerDefect(
    about="A worker that dies takes with it what it had acknowledged and not stored.",
    expected={"settled_after_commit", "lost_acked"},
    trials=[queued()],
    overrides={HANDLE: handle},
    program=WORKERS,
)
