"""The endpoint that takes impressions: one request from its headers to its receipt."""

from __future__ import annotations

import logging
import time

from aiohttp import web

from servers.ingest.batch import Batch, check_batch, parse_batch
from servers.ingest.board import Cell, Row
from servers.ingest.body import check_headers, read_body
from servers.ingest.combiner import Combiner
from servers.ingest.config import Limits
from servers.ingest.instant import NS_PER_S, now
from servers.ingest.logs import RequestLog
from servers.ingest.metrics import Metrics
from servers.ingest.origins import Origins
from servers.ingest.receipts import Receipt, Receipts
from servers.ingest.refusal import Refusal, json_response
from servers.ingest.session import Signer

_log = logging.getLogger(__name__)


class Impressions:
    """Answers ``POST /api/artworks/batch-impressions``; every request leaves one receipt."""

    def __init__(
        self,
        *,
        limits: Limits,
        signer: Signer,
        origins: Origins,
        combiner: Combiner,
        receipts: Receipts,
        metrics: Metrics,
        log: RequestLog,
        row: Row,
    ) -> None:
        self._limits = limits
        self._signer = signer
        self._origins = origins
        self._combiner = combiner
        self._receipts = receipts
        self._metrics = metrics
        self._log = log
        self._row = row
        self.draining = False

    async def post(self, request: web.Request) -> web.Response:
        """Store the batch and return 200 after COMMIT, or say why not."""
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
        return json_response(
            {
                "received": receipt.received,
                "inserted": receipt.inserted,
                "duplicate": receipt.duplicate,
            }
        )

    async def _store(self, request: web.Request, receipt: Receipt) -> None:
        self._admit()
        check_headers(request, self._origins)
        receipt.user = user = self._signer.user_of(request)
        if user is None:
            raise Refusal(401, "not_signed_in", "no valid session; POST /api/session first")
        body = await read_body(request, self._limits)
        receipt.bytes = len(body)
        batch = parse_batch(body)
        _note(receipt, batch)
        check_batch(batch, self._limits)
        if batch.subject is not None and batch.subject != user:
            raise Refusal(409, "other_user", "subject is not the signed-in user; nothing stored")
        await self._combiner.write(user, batch.artwork_ids, receipt)

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
            self._metrics.answered([receipt], time.monotonic_ns())
        response = refusal.response()
        if refusal.status in (408, 413) or refusal.code in ("broken_body", "stopping"):
            response.force_close()  # what follows on this connection is not a request we know
        return response

    def _say(self, receipt: Receipt) -> None:
        self._log.answered(receipt, (time.monotonic_ns() - receipt.received_mono_ns) / NS_PER_S)


def _note(receipt: Receipt, batch: Batch) -> None:
    """Copy what the batch says of itself, before it is judged: a refusal is accounted too."""
    receipt.artworks = batch.artwork_ids
    receipt.received = len(batch.artwork_ids)
    receipt.batch, receipt.tab, receipt.seq = batch.batch_id, batch.tab_id, batch.seq
    receipt.attempt, receipt.transport = batch.attempt, batch.transport
