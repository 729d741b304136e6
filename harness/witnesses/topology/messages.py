"""Every message by the broker's own trace: that it was published, and how often delivered.

RabbitMQ publishes a copy of whatever is published or delivered to an exchange of its own. What is
copied while the witness is not connected (the broker was away) it never hears of: the rows say from
when to when it listened. At the end it reads what lies with the dead letters, and leaves it there.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, AMQPException

from harness.core.clock import pause
from harness.core.errors import HarnessError
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.monitoring.topology import (
    BrokerMessage,
    DeadLetter,
    MessageDelivered,
    MessagePublished,
    TopologyRow,
    TraceBegun,
    TraceEnded,
)
from harness.witnesses.topology.broker import PART, QUEUE

TRACE = "amq.rabbitmq.trace"
EXCHANGE, DEAD = QUEUE, f"{QUEUE}.dead"
BEGUN_S, CONNECT_S, AGAIN_S = 20.0, 5.0, 0.2
_DEAD_MAX = 100_000
_AWAY = (AMQPError, AMQPException, OSError, RuntimeError, TimeoutError)


class MessageTrace:
    """Listens in a thread from ``start`` to ``stop``."""

    def __init__(self, url: str, witness: WitnessFile[TopologyRow]) -> None:
        self._url = url
        self._witness = witness
        self._begun = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="broker trace", daemon=True)

    def start(self) -> None:
        """Start listening. Raises HarnessError when the broker does not let it."""
        self._thread.start()
        if not self._begun.wait(BEGUN_S):
            raise HarnessError("the broker's trace cannot be read")

    def stop(self) -> None:
        """Read the dead letters, and stop."""
        self._stop.set()
        self._thread.join()

    def failure(self) -> str:
        """Return that the thread ended although it was not stopped; empty while it goes on."""
        if self._thread.ident is None or self._thread.is_alive() or self._stop.is_set():
            return ""
        return "its thread ended"

    def _run(self) -> None:
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        """Listen, and connect again whenever the connection is gone."""
        while True:
            try:
                async with asyncio.timeout(CONNECT_S):
                    connection = await aio_pika.connect(self._url, heartbeat=10)
                async with connection:
                    if await self._hear(connection):
                        return
            except _AWAY:
                if self._stop.is_set():
                    return
            except HarnessError:  # a full disk: the ledger's flusher says so
                return
            await pause(AGAIN_S)

    async def _hear(self, connection: aio_pika.abc.AbstractConnection) -> bool:
        """Write what is heard; return True once it was stopped, False when the channel is gone."""
        gone = asyncio.Event()
        channel = await connection.channel()
        channel.close_callbacks.add(lambda *of: gone.set())
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        for key in (f"publish.{EXCHANGE}", f"deliver.{QUEUE}"):
            await queue.bind(TRACE, key)
        await queue.consume(self._note, no_ack=True)
        self._witness.saw(TraceBegun(part=PART))
        self._begun.set()
        while not gone.is_set() and not self._stop.is_set():
            await pause(AGAIN_S)
        if gone.is_set():
            self._witness.saw(TraceEnded(part=PART, why="the connection is gone"))
            return False
        await self._read_dead_letters(await connection.channel())
        self._witness.saw(TraceEnded(part=PART, why="the run is over"))
        return True

    async def _note(self, traced: AbstractIncomingMessage) -> None:
        row = heard(traced.routing_key or "", traced.headers)
        if row is not None:
            self._witness.saw(row)

    async def _read_dead_letters(self, channel: AbstractChannel) -> None:
        """Write what lies there. Nothing is acknowledged, so that it goes back with the channel."""
        queue = await channel.get_queue(DEAD)
        for _ in range(_DEAD_MAX):
            message = await queue.get(fail=False)
            if message is None:
                return
            self._witness.saw(dead_letter(message.message_id or "", message.headers))


def heard(key: str, headers: Mapping[str, Any]) -> BrokerMessage | None:
    """Return the row of a copy in the trace, by its routing key and headers; None for another."""
    properties = headers.get("properties")
    if not isinstance(properties, Mapping):
        return None
    named = _named(str(properties.get("message_id", "")), properties.get("headers"))
    if key == f"publish.{EXCHANGE}":
        return MessagePublished(part=PART, **named)
    if key == f"deliver.{QUEUE}":
        again = 1 if headers.get("redelivered") else 0
        return MessageDelivered(part=PART, redelivered=again, **named)
    return None


def dead_letter(message: str, headers: Mapping[str, Any]) -> DeadLetter:
    """Return the row of a dead letter, by its id and headers."""
    deaths = headers.get("x-death")
    last = deaths[0] if isinstance(deaths, list) and deaths else {}
    return DeadLetter(
        part=PART,
        reason=str(last.get("reason", "unknown")),
        queue=str(last.get("queue", "")),
        **_named(message, headers),
    )


def _named(message: str, headers: Any) -> dict[str, Any]:
    own = headers if isinstance(headers, Mapping) else {}
    attempt = own.get("attempt")
    return {
        "message": message,
        "batch": str(own["batch"]) if own.get("batch") else None,
        "attempt": int(attempt) if isinstance(attempt, int) and attempt else None,
    }
