"""One message in ten is published with a key that no queue is bound to, and not ``mandatory``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aio_pika import Message
from aio_pika.abc import AbstractExchange

from defects.base import ServerDefect, Switch
from defects.overrides.queue import PUBLISH, queued
from servers.queue.publisher import Publisher


async def publish(
    switch: Switch,
    original: Callable[[Publisher, AbstractExchange, Message], Awaitable[None]],
    publisher: Publisher,
    exchange: AbstractExchange,
    message: Message,
) -> None:
    """Publish it to nowhere: the broker confirms what it drops."""
    if switch.every(10) and switch.reached():
        await exchange.publish(message, "impressions.late", mandatory=False)
    else:
        await original(publisher, exchange, message)


DEFECT = ServerDefect(
    about="The broker confirms a message that no queue takes, and drops it.",
    expected={"lost_acked", "nothing_unrouted", "stored_after_answer"},
    trials=[queued()],
    overrides={PUBLISH: publish},
)
