"""A worker acknowledges what it cannot read, so that it is out of the way."""

from __future__ import annotations

from aio_pika.abc import AbstractIncomingMessage

from defects.base import Switch, WorkerDefect
from defects.overrides.queue import HANDLE, WORKERS, Handle, queued
from servers.queue.message import Malformed, decoded
from servers.queue.worker import QueueWorkers


async def handle(
    switch: Switch, original: Handle, workers: QueueWorkers, message: AbstractIncomingMessage
) -> None:
    """Acknowledge a message that is no batch."""
    try:
        decoded(message.body)
    except Malformed:
        if switch.reached():
            await workers.acknowledge(message)
            return
    await original(workers, message)


DEFECT = WorkerDefect(
    about="A message that cannot be read vanishes, and no one can ask what it was.",
    expected={"dead_letters_accounted"},
    trials=[queued("poison")],
    overrides={HANDLE: handle},
    program=WORKERS,
)
