"""The queue is not durable, and its messages are transient."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aio_pika.abc import AbstractChannel, AbstractQueue

from defects.base import ServerDefect, Switch
from defects.overrides.queue import queued
from servers.queue.layout import QUEUE


async def declare_queue(
    switch: Switch,
    original: Callable[..., Awaitable[AbstractQueue]],
    channel: AbstractChannel,
    *,
    length_max: int,
) -> AbstractQueue:
    """Declare a classic queue that goes with its broker."""
    if not switch.reached():
        return await original(channel, length_max=length_max)
    return await channel.declare_queue(QUEUE, durable=False)


DEFECT = ServerDefect(
    about="What waits in the queue is gone with the broker's process.",
    expected={"lost_acked"},
    trials=[queued("broker_killed")],
    overrides={"servers.queue.layout:declare_queue": declare_queue},
)
