"""Every tenth batch is answered with 202 and not published."""

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
    """Call it published."""
    if not (switch.every(10) and switch.reached()):
        await original(publisher, exchange, message)


DEFECT = ServerDefect(
    about="What counts as confirmed was never published.",
    expected={"confirms_borne_out", "lost_acked", "stored_after_answer"},
    trials=[queued()],
    overrides={PUBLISH: publish},
)
