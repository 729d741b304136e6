"""The endpoint that takes impressions: one request from its headers to its receipt."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from servers.ingest.batch import Batch, check_batch, parse_batch
from servers.ingest.board import Cell, Row
from servers.ingest.combiner import Accepting
from servers.ingest.config import Limits
from servers.ingest.http.body import check_headers, read_body
from servers.ingest.http.origins import Origins
from servers.ingest.http.session import Signer
from servers.ingest.instant import NS_PER_S, now
from servers.ingest.logs import RequestLog
from servers.ingest.metrics import Metrics
from servers.ingest.receipts import ACCEPTED, Receipt, Receipts
from servers.ingest.refusal import Refusal

if TYPE_CHECKING:
    pass

PATH = "/api/artworks/batch-impressions"
NameExposures = Callable[[str, Mapping[str, object], float], None]
"""Takes a user, the experiments that a stored batch names, and when it came (epoch seconds)."""
_log = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """How a batch ended: stored when there is no refusal, or, with the status 202, kept by a broker
    until it is stored."""

    receipt: Receipt
    refusal: Refusal | None

    @property
    def closes(self) -> bool:
        """Say whether what follows on its connection is not a request that we know."""
        refusal = self.refusal
        return refusal is not None and (
            refusal.status in (408, 413) or refusal.code in ("broken_body", "stopping")
        )

    @property
    def line(self) -> bytes:
        """Return the status of a batch that was not refused, as HTTP has it."""
        return b"202 Accepted" if self.receipt.status == ACCEPTED else b"200 OK"

    def body(self) -> bytes:
        """Return the JSON of a batch that was not refused; of one that is not stored yet it is not
        known what will be new."""
        receipt = self.receipt
        if receipt.status == ACCEPTED:
            return b'{"received":%d}' % receipt.received
        return b'{"received":%d,"inserted":%d,"duplicate":%d}' % (
            receipt.received,
            receipt.inserted,
            receipt.duplicate,
        )


class Impressions:
    """Answers ``POST /api/artworks/batch-impressions``; every request leaves one receipt."""

    def __init__(
        self,
        *,
        limits: Limits,
        signer: Signer,
        origins: Origins,
        combiner: Accepting,
        receipts: Receipts,
        metrics: Metrics,
        log: RequestLog,
        row: Row,
        exposed: NameExposures | None = None,
    ) -> None:
        self._limits = limits
        self._signer = signer
        self._origins = origins
        self._combiner = combiner
        self._receipts = receipts
        self._metrics = metrics
        self._log = log
        self._row = row
        self._exposed = exposed
        self.draining = False

    async def post(self, request: web.Request) -> web.Response:
        """Store the batch and return 200 after COMMIT, or 202 when a broker has it, or say why
        not."""
        receipt = self._receipts.begin(now())
        self._row.add(Cell.IN_FLIGHT, 1)
        try:
            return await self._carry_out(request, receipt)
        finally:
            self._row.add(Cell.IN_FLIGHT, -1)
            self._say(receipt)

    async def _carry_out(self, request: web.Request, receipt: Receipt) -> web.Response:
        try:
            await self._store(request, receipt)
        except Refusal as refusal:
            return self._refuse(receipt, refusal)
        except Exception:
            _log.exception("a batch request failed")
            return self._refuse(receipt, Refusal(500, "internal", "an error of the server"))
        stored = Outcome(receipt, None)
        return web.Response(
            body=stored.body(), status=receipt.status, content_type="application/json"
        )

    def take(self, user: str, body: bytes, tell: Callable[[Outcome], None]) -> bool:
        """Queue a whole, plain batch; ``tell`` hears how it ended. It must not raise.

        Return False, and leave no trace, when it would be refused now: ``post`` says why.
        """
        receipt = self._receipts.begin(now())
        receipt.user, receipt.bytes = user, len(body)

        def finished(refusal: Refusal | None) -> None:
            self._row.add(Cell.IN_FLIGHT, -1)
            self._say(receipt)
            tell(Outcome(receipt, refusal))
            if refusal is None:
                self._expose(user, batch, receipt)

        self._row.add(Cell.IN_FLIGHT, 1)
        try:
            self._admit()
            batch = self._understood(user, body, receipt)
            self._combiner.submit(user, batch.artwork_ids, receipt, finished)
        except BaseException as error:
            self._row.add(Cell.IN_FLIGHT, -1)
            if isinstance(error, Refusal):
                return False
            raise
        return True

    async def _store(self, request: web.Request, receipt: Receipt) -> None:
        self._admit()
        check_headers(request, self._origins)
        receipt.user = user = self._signer.user_of(request)
        if user is None:
            raise Refusal(401, "not_signed_in", "no valid session; POST /api/session first")
        body = await read_body(request, self._limits)
        receipt.bytes = len(body)
        batch = self._understood(user, body, receipt)
        await self._combiner.write(user, batch.artwork_ids, receipt)
        self._expose(user, batch, receipt)

    def _expose(self, user: str, batch: Batch, receipt: Receipt) -> None:
        if batch.experiments and self._exposed is not None:
            self._exposed(user, batch.experiments, receipt.received_wall_ns / NS_PER_S)

    def _understood(self, user: str, body: bytes, receipt: Receipt) -> Batch:
        batch = parse_batch(body)
        _note(receipt, batch)
        check_batch(batch, self._limits)
        if batch.subject is not None and batch.subject != user:
            raise Refusal(409, "other_user", "subject is not the signed-in user; nothing stored")
        recorders = self._metrics.recorders
        if recorders is not None and batch.counters and batch.tab_id:
            recorders.heard(batch.tab_id, batch.counters)
        return batch

    def _admit(self) -> None:
        if self.draining:
            raise Refusal(503, "stopping", "the server is stopping", retry_after_s=1)
        if self._row.get(Cell.IN_FLIGHT) > self._limits.in_flight:
            raise Refusal(503, "too_many", "too many batches are in flight", retry_after_s=1)

    def _refuse(self, receipt: Receipt, refusal: Refusal) -> web.Response:
        if receipt.status == 0:  # else the combiner had it, and wrote its receipt
            receipt.refused(refusal.status, refusal.code)
            try:
                self._receipts.write([receipt])
            except OSError as error:
                _log.error("receipts cannot be written: %s", error)
            at = now()
            self._metrics.answered([receipt], at.mono_ns)
            if self._metrics.spans is not None:
                self._metrics.spans.refused(receipt, at)
        response = refusal.response()
        if Outcome(receipt, refusal).closes:
            response.force_close()
        return response

    def _say(self, receipt: Receipt) -> None:
        self._log.answered(receipt, (now().mono_ns - receipt.received_mono_ns) / NS_PER_S)


def _note(receipt: Receipt, batch: Batch) -> None:
    """Copy what the batch says of itself, before it is judged: a refusal is accounted too."""
    receipt.artworks = batch.artwork_ids
    receipt.received = len(batch.artwork_ids)
    receipt.batch, receipt.tab, receipt.seq = batch.batch_id, batch.tab_id, batch.seq
    receipt.attempt, receipt.transport = batch.attempt, batch.transport
