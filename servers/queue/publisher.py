"""Batches are published, and acknowledged once the broker has confirmed them.

*Confirmed* means: every queue that the message belongs to has it on disk. A message that belongs to
none is confirmed too, so each is published ``mandatory``: the broker returns it, and its client is
refused. What became of a message whose confirm does not come is not known: its client is refused
with ``outcome_unknown`` and sends it again; the store takes what it has already.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from itertools import count

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aio_pika.exceptions import AMQPError, AMQPException, DeliveryError, PublishError

from servers.ingest.instant import now
from servers.ingest.metrics import Metrics
from servers.ingest.receipts import ACCEPTED, Receipt, Receipts
from servers.ingest.refusal import Refusal
from servers.queue.layout import KEY, declare
from servers.queue.message import ATTEMPT_HEADER, BATCH_HEADER, encoded, queued

CONFIRM_S = 5.0
"""A confirm that takes longer is not waited for."""
RECONNECT_S, CONNECT_S = 0.5, 5.0
HEARTBEAT_S = 10
Tell = Callable[[Refusal | None], None]
_AWAY = (AMQPError, AMQPException, OSError, RuntimeError)
"""What the client raises where the broker, the connection or the channel is gone."""
_log = logging.getLogger(__name__)


class Publisher:
    """Takes the place of the combiner where a broker stands between server and database."""

    def __init__(self, url: str, receipts: Receipts, metrics: Metrics, *, length_max: int) -> None:
        self._url = url
        self._receipts = receipts
        self._metrics = metrics
        self._length_max = length_max
        self._exchange: AbstractExchange | None = None
        self._numbers = count(1)
        self._under_way: set[asyncio.Task[None]] = set()
        self._closing = False
        self._connecting = asyncio.create_task(self._stay_connected())

    async def write(self, user: str, artworks: Sequence[str], receipt: Receipt) -> None:
        """Publish one request's ids; return when the broker has them, ``receipt`` filled in.

        Raise Refusal: 503 where the broker is away, is full, or its answer does not come, 500
        where it has no queue for them.
        """
        done: asyncio.Future[Refusal | None] = asyncio.get_running_loop().create_future()

        def tell(refusal: Refusal | None) -> None:
            if not done.done():
                done.set_result(refusal)

        self.submit(user, artworks, receipt, tell)
        refusal = await done
        if refusal is not None:
            raise refusal

    def submit(self, user: str, artworks: Sequence[str], receipt: Receipt, tell: Tell) -> None:
        """Publish one request's ids; ``tell`` hears of the confirm (None) or why not.

        Raise Refusal when the server stops; ``tell`` is not called then.
        """
        if self._closing:
            raise Refusal(503, "stopping", "the server is stopping", retry_after_s=1)
        task = asyncio.create_task(self._carry_out(user, artworks, receipt, tell))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Refuse new requests, and return when all are answered and the connection is closed."""
        self._closing = True
        await asyncio.gather(*self._under_way)
        self._connecting.cancel()
        await asyncio.gather(self._connecting, return_exceptions=True)

    async def publish(self, exchange: AbstractExchange, message: aio_pika.Message) -> None:
        """Publish a message; return when it is confirmed. Raise where it is not."""
        await exchange.publish(message, KEY, mandatory=True)

    async def _carry_out(
        self, user: str, artworks: Sequence[str], receipt: Receipt, tell: Tell
    ) -> None:
        """Publish, note the outcome, and give the answer, come what may."""
        refusal = await self._outcome(user, artworks, receipt)
        try:
            if refusal is None:
                receipt.status = ACCEPTED
                self._receipts.confirmed(receipt)
            else:
                receipt.refused(refusal.status, refusal.code)
                self._receipts.write([receipt])
        except OSError as error:
            _log.error("receipts cannot be written: %s", error)
            refusal = Refusal(503, "no_receipt", "the outcome could not be noted")
        self._metrics.answered([receipt], now().mono_ns)
        tell(refusal)

    async def _outcome(
        self, user: str, artworks: Sequence[str], receipt: Receipt
    ) -> Refusal | None:
        exchange = self._exchange
        if exchange is None:
            return Refusal(503, "queue_away", "the queue cannot be reached", retry_after_s=1)
        message = aio_pika.Message(
            encoded(queued(user, artworks, receipt)),
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=f"{self._receipts.lifetime}-{next(self._numbers)}",
            headers={BATCH_HEADER: receipt.batch or "", ATTEMPT_HEADER: receipt.attempt or 0},
        )
        try:
            async with asyncio.timeout(CONFIRM_S):
                await self.publish(exchange, message)
        except PublishError as error:
            _log.error("a message was returned: %s", error)
            return Refusal(500, "unroutable", "no queue takes this batch")
        except DeliveryError:
            return Refusal(503, "queue_full", "too many batches wait to be stored", retry_after_s=1)
        except TimeoutError:
            return Refusal(503, "outcome_unknown", "the queue does not answer", retry_after_s=1)
        except _AWAY as error:
            _log.error("the broker went away: %s", error)
            return Refusal(503, "outcome_unknown", "the queue went away", retry_after_s=1)
        except Exception:
            _log.exception("a batch could not be published")
            return Refusal(500, "internal", "an error of the server; it has been logged")
        return None

    async def _stay_connected(self) -> None:
        """Connect, declare, and connect again whenever the connection is gone."""
        while True:
            try:
                async with await connected(self._url) as connection:
                    channel = await connection.channel(
                        publisher_confirms=True, on_return_raises=True
                    )
                    self._exchange = await declare(channel, length_max=self._length_max)
                    await gone(connection, channel)
            except (TimeoutError, *_AWAY) as error:
                _log.error("the broker cannot be reached: %s", error)
            finally:
                self._exchange = None
            await asyncio.sleep(RECONNECT_S)  # noqa: TID251 - before another try


async def connected(url: str) -> AbstractConnection:
    """Return a connection. Raise TimeoutError or what the client raises.

    It is none that connects again by itself: what is published on such a one while the broker is
    away waits without a bound.
    """
    async with asyncio.timeout(CONNECT_S):
        return await aio_pika.connect(url, heartbeat=HEARTBEAT_S)


async def gone(connection: AbstractConnection, *channels: AbstractChannel) -> None:
    """Return when a connection, or one of its channels, is closed, by either side."""
    closed = asyncio.Event()

    def notice(*of: object) -> None:
        closed.set()

    connection.close_callbacks.add(notice)
    for channel in channels:
        channel.close_callbacks.add(notice)
    await closed.wait()
