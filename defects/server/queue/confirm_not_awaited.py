"""The server does not wait for the broker's confirm."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aio_pika import Message
from aio_pika.abc import AbstractExchange

from defects.base import ServerDefect, Switch
from defects.overrides.queue import PUBLISH, queued
from servers.queue.publisher import Publisher

Publish = Callable[[Publisher, AbstractExchange, Message], Awaitable[None]]


async def publish(
    switch: Switch,
    original: Publish,
    publisher: Publisher,
    exchange: AbstractExchange,
    message: Message,
) -> None:
    """Hand the message to the connection, and call that published."""
    if not switch.reached():
        await original(publisher, exchange, message)
        return
    task = asyncio.ensure_future(original(publisher, exchange, message))
    switch.memory[message.message_id] = task  # a task that nothing holds may be thrown away


DEFECT = ServerDefect(
    about="A message that was written to a socket counts as published.",
    expected={"acks_need_broker"},
    trials=[queued("broker_still")],
    overrides={PUBLISH: publish},
)
