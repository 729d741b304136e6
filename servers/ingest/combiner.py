"""Requests that wait together are written together.

A writer takes what waits, up to a bound, and goes back for more: an idle server answers at once and
a busy one combines by itself. It leaves half of the requests in flight to the next: if all stood in
one statement, PostgreSQL would rest while they are answered, and the server while they are written.
For the same reason the next statement goes out before the last one's requests are answered.
While one writes, another joins in only for a statement's worth of ids, or when somebody has waited
long: four statements with a few rows each would cost four times what one costs. A request is never
cancelled once it is queued, whatever becomes of its connection: somebody saw that artwork.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import psycopg
import psycopg_pool

from servers.ingest.board import Cell, Row
from servers.ingest.config import Limits
from servers.ingest.instant import NS_PER_S, now
from servers.ingest.metrics import Metrics
from servers.ingest.receipts import Receipt, Receipts
from servers.ingest.refusal import Refusal
from servers.ingest.storage.store import Share, Store, Written

if TYPE_CHECKING:
    from servers.ingest.monitoring.spans import TracedRequest

DEADLOCK_RETRIES = 3
UNDIVIDED = 16
"""This number of requests is written together even if these are all that are in flight."""
_LOST_A_RACE = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
_log = logging.getLogger(__name__)


class Accepting(Protocol):
    """What takes requests to be written: one combiner, or one for each shard."""

    async def write(self, user: str, artworks: Sequence[str], receipt: Receipt) -> None:
        """Store one request's ids; return after COMMIT. Raises Refusal."""

    def submit(
        self,
        user: str,
        artworks: Sequence[str],
        receipt: Receipt,
        tell: Callable[[Refusal | None], None],
    ) -> None:
        """Queue one request's ids; ``tell`` hears of COMMIT (None) or why not. Raises Refusal."""

    async def close(self) -> None:
        """Refuse new requests and return when all that were taken are answered."""


@dataclass(slots=True, eq=False)
class Job:
    """One request in the queue. ``tell`` is called once, when its receipt is on disk.

    ``is_elsewhere``: the shard that it was brought to does not own its bucket, and stored nothing.
    """

    share: Share
    receipt: Receipt
    tell: Callable[[Refusal | None], None]
    queued_ns: int
    taken_ns: int = 0
    refusal: Refusal | None = None
    traced: TracedRequest | None = None
    is_elsewhere: bool = False


class Combiner:
    """A bounded queue and the writers that empty it.

    ``take_back`` is asked about each job that belongs elsewhere, and returns whether it has taken
    it: such a job is not answered here.
    """

    def __init__(
        self,
        store: Store,
        receipts: Receipts,
        metrics: Metrics,
        limits: Limits,
        row: Row,
        *,
        writers: int,
        take_back: Callable[[Job], bool] = lambda job: False,
    ) -> None:
        self._store = store
        self._take_back = take_back
        self._waiting_ids = 0
        self._receipts = receipts
        self._metrics = metrics
        self._limits = limits
        self._waiting: deque[Job] = deque()
        self._row = row
        self._wake = asyncio.Event()
        self._busy = 0
        self._overdue = False
        self._closing = False
        self._writers = [asyncio.create_task(self._run()) for _ in range(writers)]

    async def write(self, user: str, artworks: Sequence[str], receipt: Receipt) -> None:
        """Store one request's ids; return after COMMIT with ``receipt`` filled in and on disk.

        Raise Refusal: 503 when the queue is full, the server stops, or the database is away, 422
        when the database will never take these ids. Cancelling the caller does not cancel the
        write. A Refusal from the queue itself leaves the receipt to the caller.
        """
        await until_written(self, user, artworks, receipt)

    def submit(
        self,
        user: str,
        artworks: Sequence[str],
        receipt: Receipt,
        tell: Callable[[Refusal | None], None],
    ) -> None:
        """Queue one request's ids; ``tell`` hears of COMMIT (None) or why not.

        Raise Refusal when the queue does not take them; ``tell`` is not called then.
        """
        if self._closing:
            raise Refusal(503, "stopping", "the server is stopping", retry_after_s=1)
        if self._waiting and self._waiting_ids + len(artworks) > self._limits.queue_ids:
            raise Refusal(503, "queue_full", "too many ids wait to be written", retry_after_s=1)
        job = Job(
            share=Share(user, artworks, receipt.received_wall_ns / NS_PER_S),
            receipt=receipt,
            tell=tell,
            queued_ns=now().mono_ns,
        )
        if self._metrics.spans is not None:
            job.traced = self._metrics.spans.begin()
        self.put(job)

    def put(self, job: Job) -> None:
        """Queue a job: a new one, or one that another combiner has given away."""
        job.refusal, job.is_elsewhere = None, False
        self._waiting.append(job)
        self._count_waiting(len(job.share.artworks))
        if self._is_worth_a_writer():
            self._wake.set()
        elif len(self._waiting) == 1:
            self._remind()

    def answer(self, job: Job, refusal: Refusal) -> None:
        """Answer a job that was taken back and found no other place."""
        job.refusal = refusal
        self._answer([job])

    async def close(self) -> None:
        """Refuse new requests, finish the waiting ones, and return when all are answered."""
        self._closing = True
        self._wake.set()
        await asyncio.gather(*self._writers)

    async def _run(self) -> None:
        while True:
            while not self._is_worth_a_writer():
                if self._closing:
                    return
                self._wake.clear()
                await self._wake.wait()
            self._busy += 1
            self._row.add(Cell.WRITING, 1)
            group = self._take()
            await self._store_fresh(group)
            self._row.add(Cell.WRITING, -1)
            self._busy -= 1
            if self._is_worth_a_writer():
                # The next statement goes out first: PostgreSQL works while these are answered.
                self._wake.set()
                await asyncio.sleep(0)  # noqa: TID251 - lets it begin, waits for nothing
            self._answer(group)

    def _is_worth_a_writer(self) -> bool:
        """Say whether a writer that is free should begin now."""
        if not self._waiting:
            return False
        if self._busy == 0 or self._closing:
            return True
        return self._overdue or self._waiting_ids >= self._limits.join_ids

    def _count_waiting(self, ids: int) -> None:
        self._waiting_ids += ids
        self._row.add(Cell.WAITING_IDS, ids)

    def _remind(self) -> None:
        """See to it that the first in the queue does not wait long for a writer that is stuck."""
        loop = asyncio.get_running_loop()
        loop.call_later(self._limits.join_s, self._on_reminder, self._waiting[0])

    def _on_reminder(self, job: Job) -> None:
        if self._waiting and self._waiting[0] is job:
            self._overdue = True
            self._wake.set()

    def _take(self) -> list[Job]:
        """Take what waits: at most half of all requests, and a statement's worth of ids."""
        most = max(UNDIVIDED, self._row.get(Cell.IN_FLIGHT) // 2)
        group = [self._waiting.popleft()]
        ids = len(group[0].share.artworks)
        while self._waiting and len(group) < most:
            more = len(self._waiting[0].share.artworks)
            if ids + more > self._limits.combine_ids:
                break
            group.append(self._waiting.popleft())
            ids += more
        self._count_waiting(-ids)
        self._overdue = False
        if self._waiting:
            self._remind()
        return group

    async def _store_fresh(self, group: list[Job]) -> None:
        """Write what of ``group`` has not waited too long, and leave every job its outcome."""
        started_ns = now().mono_ns
        oldest_ns = started_ns - int(self._limits.queue_s * NS_PER_S)
        fresh = [job for job in group if job.queued_ns >= oldest_ns]
        self._metrics.queue_wait.observe_all(
            [(started_ns - job.queued_ns) / NS_PER_S for job in group]
        )
        for job in group:
            job.taken_ns = started_ns
            if job.queued_ns < oldest_ns:
                job.refusal = Refusal(
                    503, "waited_too_long", "the database is too slow now", retry_after_s=1
                )
        if fresh:
            await self._store_group(fresh)

    def _answer(self, group: list[Job]) -> None:
        """Give every job of ``group`` its receipt and its answer, come what may."""
        group = [job for job in group if not (job.is_elsewhere and self._take_back(job))]
        if not group:
            return
        for job in group:
            if job.refusal is not None:
                job.receipt.refused(job.refusal.status, job.refusal.code)
        try:
            self._receipts.write([job.receipt for job in group])
        except OSError as error:
            _log.error("receipts cannot be written: %s", error)
            for job in group:
                job.refusal = Refusal(503, "no_receipt", "the outcome could not be noted")
        at = now()
        self._metrics.answered([job.receipt for job in group], at.mono_ns)
        if self._metrics.spans is not None:
            for job in group:
                if job.traced is not None:
                    waited_ns = job.queued_ns, job.taken_ns
                    self._metrics.spans.end(job.traced, job.receipt, at, waited_ns=waited_ns)
        for job in group:
            try:
                job.tell(job.refusal)
            except Exception:  # of one connection: its neighbours wait, and so does the queue
                _log.exception("an answer could not be given")

    async def _store_group(self, group: list[Job]) -> None:
        """Write ``group``; when one request may be at fault, each alone, so that only it fails."""
        try:
            written = await self._attempt(group)
        except Exception as error:
            if len(group) > 1 and _one_may_be_at_fault(error):
                self._metrics.replayed_apart.inc()
                for job in group:
                    await self._store_group([job])
                return
            refusal = _explain(error)
            _log.error("a write of %d requests failed: %s", len(group), error)
            for job in group:
                job.refusal = refusal
            return
        at = now()
        for job, part in zip(group, written, strict=True):
            if not part.is_here:
                job.is_elsewhere, job.refusal = True, elsewhere()
                continue
            job.receipt.committed(inserted=part.inserted, duplicate=part.duplicate, at=at)

    async def _attempt(self, group: list[Job]) -> list[Written]:
        """Write once, and up to three times more when PostgreSQL broke a deadlock at our cost."""
        shares = [job.share for job in group]
        for retries_left in reversed(range(DEADLOCK_RETRIES + 1)):
            started_ns = now().mono_ns
            try:
                with self._write_span(group):
                    written = await self._store.write(shares)
            except _LOST_A_RACE:
                self._metrics.deadlocks.inc()
                if not retries_left:
                    raise
            else:
                self._metrics.wrote(shares, (now().mono_ns - started_ns) / NS_PER_S)
                return written
        raise AssertionError("unreachable")

    def _write_span(self, group: list[Job]) -> AbstractContextManager[None]:
        """Return the span of one statement; it does nothing when none of ``group`` is traced."""
        spans = self._metrics.spans
        if spans is None:
            return nullcontext()
        traced = [job.traced for job in group if job.traced is not None]
        if not traced:
            return nullcontext()
        ids = sum([len(job.share.artworks) for job in group])
        return spans.write(traced, batches=len(group), ids=ids)


async def until_written(
    accepting: Accepting, user: str, artworks: Sequence[str], receipt: Receipt
) -> None:
    """Submit one request's ids and return after COMMIT. Raises Refusal."""
    done: asyncio.Future[Refusal | None] = asyncio.get_running_loop().create_future()

    def tell(refusal: Refusal | None) -> None:
        if not done.done():  # cancelled: no request waits for this answer any more
            done.set_result(refusal)

    accepting.submit(user, artworks, receipt, tell)
    refusal = await done
    if refusal is not None:
        raise refusal


def elsewhere() -> Refusal:
    """Return what a client reads whose bucket no shard takes writes for just now."""
    return Refusal(503, "bucket_moves", "this user's rows are being moved", retry_after_s=1)


def _one_may_be_at_fault(error: Exception) -> bool:
    """Say whether ``error`` can be about one request's data rather than about the database."""
    if isinstance(error, psycopg.OperationalError):
        return (error.sqlstate or "").startswith("54")  # a program limit, e.g. an index row's size
    return True


def _explain(error: Exception) -> Refusal:
    """Return what the client reads; the database's own words stay in the log."""
    if isinstance(error, psycopg_pool.PoolTimeout):
        return Refusal(503, "database_away", "the database cannot be reached", retry_after_s=2)
    if isinstance(error, _LOST_A_RACE):
        return Refusal(503, "deadlock", "lost a race for locks four times", retry_after_s=1)
    if isinstance(error, psycopg.errors.QueryCanceled):
        return Refusal(503, "database_slow", "the write took too long", retry_after_s=2)
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    if isinstance(error, psycopg.DataError | psycopg.IntegrityError) or (
        state is not None and state[:2] in ("54", "P0")
    ):
        return Refusal(422, "not_storable", "the database does not accept these ids")
    if isinstance(error, psycopg.OperationalError):
        # The connection broke; the COMMIT may have happened. Silence is not a no.
        return Refusal(503, "outcome_unknown", "the database went away", retry_after_s=2)
    return Refusal(500, "internal", "an error of the server; it has been logged")
