"""A worker neither acknowledges nor gives back what it cannot read."""

from __future__ import annotations

from aio_pika.abc import AbstractIncomingMessage

from defects.base import Switch, WorkerDefect
from defects.overrides.queue import HANDLE, WORKERS, Handle, queued
from servers.queue.message import Malformed, decoded
from servers.queue.worker import QueueWorkers


async def handle(
    switch: Switch, original: Handle, workers: QueueWorkers, message: AbstractIncomingMessage
) -> None:
    """Leave a message that is no batch as it is."""
    try:
        decoded(message.body)
    except Malformed:
        if switch.reached():
            return
    await original(workers, message)


DEFECT = WorkerDefect(
    about="A message that cannot be read stays with its worker, and takes a place there for good.",
    expected={"queue_emptied", "dead_letters_accounted"},
    trials=[queued("poison")],
    overrides={HANDLE: handle},
    program=WORKERS,
)
