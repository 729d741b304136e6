"""What is declared on RabbitMQ: one durable quorum queue, and the queue of its dead letters.

A message that is delivered more often than ``DELIVERIES_MAX`` times is a dead letter. It is moved
*at least once*: it leaves its queue when the other one has confirmed it, so a broker that dies in
between repeats it and does not lose it.
"""

from __future__ import annotations

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue
from pamqp.common import FieldValue

EXCHANGE = QUEUE = KEY = "impressions"
DEAD = "impressions.dead"
DELIVERIES_MAX = 5


Arguments = dict[str, FieldValue]


def queue_arguments(length_max: int) -> Arguments:
    """Return the arguments of the queue; who declares it with others is refused."""
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERIES_MAX,
        "x-dead-letter-exchange": DEAD,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        "x-max-length": length_max,
    }


async def declare(channel: AbstractChannel, *, length_max: int) -> AbstractExchange:
    """Declare exchanges, queues and bindings unless they are there; return the exchange that takes
    batches."""
    exchange = await channel.declare_exchange(EXCHANGE, ExchangeType.DIRECT, durable=True)
    dead_exchange = await channel.declare_exchange(DEAD, ExchangeType.FANOUT, durable=True)
    dead = await channel.declare_queue(DEAD, durable=True, arguments={"x-queue-type": "quorum"})
    await dead.bind(dead_exchange)
    queue = await declare_queue(channel, length_max=length_max)
    await bind(queue, exchange)
    return exchange


async def declare_queue(channel: AbstractChannel, *, length_max: int) -> AbstractQueue:
    """Declare the queue of the batches unless it is there."""
    return await channel.declare_queue(QUEUE, durable=True, arguments=queue_arguments(length_max))


async def bind(queue: AbstractQueue, exchange: AbstractExchange) -> None:
    """Let the queue have what is published with ``KEY``."""
    await queue.bind(exchange, KEY)
