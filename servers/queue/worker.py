"""One process of workers: each takes a batch, stores it, and tells the broker after COMMIT.

A message whose worker, or whose connection, is gone before that is delivered again: the store takes
each impression once, so that its effect is there once. A database that is away is waited for; a
message that it will never take is given back, until the broker makes it a dead letter.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg
import psycopg_pool
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import AMQPError, AMQPException

from servers.ingest.instant import NS_PER_S, now
from servers.ingest.receipts import ACCEPTED, Receipts
from servers.ingest.storage.store import Share, Store
from servers.queue.halt import halt
from servers.queue.layout import QUEUE
from servers.queue.message import Malformed, QueuedBatch, decoded
from servers.queue.publisher import RECONNECT_S, connected, gone

DATABASE_RETRY_S = 0.5
OUTCOME_UNKNOWN = "outcome_unknown"
_AWAY = (AMQPError, AMQPException, OSError, RuntimeError, TimeoutError)
_DATABASE_AWAY = (psycopg.OperationalError, psycopg_pool.PoolTimeout)
Take = Callable[[AbstractIncomingMessage], Awaitable[None]]
Inbox = asyncio.Queue[AbstractIncomingMessage | None]
_NOT_COMMITTED = (psycopg_pool.PoolTimeout, psycopg.errors.QueryCanceled)
_log = logging.getLogger(__name__)


class QueueWorkers:
    """``count`` workers over one connection, each with a channel of its own.

    ``begin_life`` returns the receipts of another life: each connection to the broker is one, for
    what a lost one had is delivered again. ``prefetch`` is how many messages a worker may have that
    it has not acknowledged. ``halt_file``: where a tester may have one stop between COMMIT and
    acknowledgement.
    """

    def __init__(
        self,
        url: str,
        store: Store,
        begin_life: Callable[[], Receipts],
        *,
        count: int,
        prefetch: int,
        halt_file: Path | None = None,
    ) -> None:
        self._url = url
        self._store = store
        self._begin_life = begin_life
        self._receipts = begin_life()
        self._count = count
        self._prefetch = prefetch
        self._halt_file = halt_file
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Take no other message, and finish those that are being stored."""
        self._stopping.set()

    async def run(self, ready: Callable[[], None]) -> None:
        """Work until ``stop``; ``ready`` is called when messages are taken for the first time."""
        while not self._stopping.is_set():
            try:
                await self._work(ready)
            except _AWAY as error:
                _log.error("the broker cannot be reached: %s", error)
            await self._pause(RECONNECT_S)

    async def _work(self, ready: Callable[[], None]) -> None:
        async with await connected(self._url) as connection:
            channels = [await connection.channel() for _ in range(self._count)]
            ended = asyncio.ensure_future(gone(connection, *channels))
            asked = asyncio.ensure_future(self._stopping.wait())
            over, inboxes = asyncio.Event(), [Inbox() for _ in channels]
            self._receipts = self._begin_life()
            self._receipts.started()
            working = [asyncio.create_task(self.work_off(inbox, over)) for inbox in inboxes]
            try:
                for channel, inbox in zip(channels, inboxes, strict=True):
                    await self._consume(channel, inbox)
                ready()
                await asyncio.wait([ended, asked], return_when=asyncio.FIRST_COMPLETED)
            finally:
                ended.cancel()
                asked.cancel()
                over.set()
                for inbox in inboxes:
                    inbox.put_nowait(None)
                await asyncio.gather(*working)  # what is being stored is stored, and noted
                self._receipts.stopped()
                self._receipts.close()

    async def _consume(self, channel: AbstractChannel, inbox: Inbox) -> None:
        await channel.set_qos(prefetch_count=self._prefetch)
        queue = await channel.get_queue(QUEUE)  # who publishes declares it

        async def take(message: AbstractIncomingMessage) -> None:
            inbox.put_nowait(message)

        await self.subscribe(queue, take)

    async def subscribe(self, queue: AbstractQueue, take: Take) -> None:
        """Let a worker take messages; the broker keeps each until it is acknowledged."""
        await queue.consume(take, no_ack=False)

    async def work_off(self, inbox: Inbox, over: asyncio.Event) -> None:
        """Handle one message after the other until it is ``over``; what is left in the inbox then
        goes back to the queue with its connection.

        In a task of our own: the client cancels its callbacks as a channel closes, and a COMMIT
        that is under way would leave no receipt.
        """
        while (message := await inbox.get()) is not None and not over.is_set():
            try:
                await self.handle(message)
            except _AWAY as error:
                _log.warning("a message will be delivered again: %s", error)

    async def handle(self, message: AbstractIncomingMessage) -> None:
        """Store a message's batch and acknowledge it, or give it back."""
        try:
            await self.store(decoded(message.body))
        except (Malformed, psycopg.Error) as error:
            _log.error("message %s cannot be stored: %s", message.message_id, error)
            await self.give_back(message)
            return
        halt(self._halt_file)
        await self.acknowledge(message)

    async def store(self, batch: QueuedBatch) -> None:
        """Store a batch, however long the database is away; return after COMMIT, with its receipt
        on the disk.

        Raise psycopg.Error where the database does not take it.
        """
        share = Share(batch.user, batch.artworks, batch.received_wall_ns / NS_PER_S)
        receipt = self._receipts.begin(now())
        batch.fill(receipt)
        while True:
            try:
                [written] = await self._store.write([share])
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                pass
            except _DATABASE_AWAY as error:
                if _is_about_the_data(error) or self._stopping.is_set():
                    raise
                _log.warning("the database is away: %s", error)
                if not isinstance(error, _NOT_COMMITTED):  # else the COMMIT may have happened
                    receipt.reason = OUTCOME_UNKNOWN
            else:
                receipt.committed(inserted=written.inserted, duplicate=written.duplicate, at=now())
                receipt.status = ACCEPTED  # what its client was answered
                self._receipts.write([receipt])
                return
            await self._pause(DATABASE_RETRY_S)

    async def acknowledge(self, message: AbstractIncomingMessage) -> None:
        """Tell the broker that a message is done."""
        await message.ack()

    async def give_back(self, message: AbstractIncomingMessage) -> None:
        """Let the broker deliver a message again, or make it a dead letter after several times."""
        await message.nack(requeue=True)

    async def _pause(self, seconds: float) -> None:
        """Return after a while, or at once when the workers are to stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def _is_about_the_data(error: Exception) -> bool:
    """Return whether an error is about what was to be stored: the next time is like this one."""
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    return (state or "").startswith("54")
