"""Puts the server together; read this file first.

A batch goes: Impressions (is it well formed, whose is it?) → Combiner (who else waits?) → Store
(one statement) → Receipts (what happened) → the answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import psycopg
from aiohttp import web

from servers.ingest.admin import routes as admin
from servers.ingest.admin.access import Access
from servers.ingest.admin.feed import Feed
from servers.ingest.admission.requests import Admission
from servers.ingest.admission.sessions import SessionLimits
from servers.ingest.board import Cell, Row
from servers.ingest.combiner import Accepting, Combiner, Job
from servers.ingest.config import Config
from servers.ingest.experiments import endpoint
from servers.ingest.experiments.exposures import Exposures
from servers.ingest.freshness.cache import KeptAnswers, cache_of
from servers.ingest.http import pages
from servers.ingest.http.express import Heads, Lane
from servers.ingest.http.impressions import PATH, Impressions
from servers.ingest.http.openapi import describe
from servers.ingest.http.origins import Origins
from servers.ingest.http.reads import Reads
from servers.ingest.http.session import Signer
from servers.ingest.logs import RequestLog
from servers.ingest.metrics import Metrics
from servers.ingest.monitoring.database import Seen
from servers.ingest.monitoring.optional import errors_of, spans_of
from servers.ingest.monitoring.statsd import StatsD
from servers.ingest.product import predictions
from servers.ingest.product.routes import IMPROVEMENT, product_routes
from servers.ingest.product.session import ProductContext
from servers.ingest.receipts import Receipts
from servers.ingest.refusal import Refusal, json_response
from servers.ingest.sharded.lanes import ShardLanes
from servers.ingest.sharded.store import ShardedStore
from servers.ingest.storage.folding import FOLDED, FreshnessFolding
from servers.ingest.storage.store import Store

if TYPE_CHECKING:
    pass

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_DATABASE_S = 1.0
"""How long the metrics wait for the database; a scrape must not wait longer for a sick one."""
_log = logging.getLogger(__name__)


def create_app(config: Config, store: Store) -> web.Application:
    """Return the application; it opens and closes ``store`` with itself.

    ``await app[SERVER].drain()`` refuses new batches and returns when the accepted are written.
    """
    server = Server(config, store)
    app = web.Application(middlewares=[server.middleware], client_max_size=config.limits.body_bytes)
    app.cleanup_ctx.append(server.lifetime)
    app[SERVER] = server
    reads = Reads(
        store,
        server.signer,
        server.origins,
        config.limits,
        sessions=SessionLimits(config.limits),
        metrics=server.metrics,
        answers=server.answers,
        tiers=config.experiments.tiers,
    )
    recorder_config = endpoint.RecorderConfig(config.experiments, server.signer)
    app.add_routes(
        [
            web.post(PATH, server.batch),
            *reads.routes(),
            web.get(endpoint.PATH, recorder_config.get),
            web.get("/healthz", server.healthz),
            web.get("/readyz", server.readyz),
            web.get("/metrics", server.metrics_text),
            web.get("/openapi.json", server.openapi),
            *pages.routes(sentry=config.sentry_page, release=config.release),
        ]
    )
    context = ProductContext(
        ask=store.ask, signer=server.signer, origins=server.origins, limits=config.limits
    )
    if IMPROVEMENT in config.improvements:
        app.add_routes(product_routes(context))
    if predictions.IMPROVEMENT in config.improvements:
        app.add_routes(predictions.PredictionsApi(context).routes())
    if {IMPROVEMENT, predictions.IMPROVEMENT} & {*config.improvements}:
        app.add_routes(pages.product_files())
    if server.feed is not None:
        access = Access(server.signer, config.admin_secret, config.admin_s)
        app.add_routes(admin.AdminRoutes(context, access, server.feed, config.secret).routes())
    return app


class Server:
    """What all handlers share, and how long it lives."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._store = store
        self.signer = Signer(config.secret)
        self.origins = Origins(config.allowed_origins)
        self._admission = Admission(config.allowed_hosts)
        self.metrics = Metrics(config.board, config.metrics, writers=config.writers)
        if config.statsd:
            self.metrics.statsd = StatsD(config.statsd)
        self.answers = KeptAnswers(cache_of(config), self.metrics.freshness)
        self.feed = Feed(config.lifetime) if admin.IMPROVEMENT in config.improvements else None
        self._combiner: Accepting | None = None
        self._impressions: Impressions | None = None
        self._folding: FreshnessFolding | None = None

    async def lifetime(self, app: web.Application) -> AsyncIterator[None]:
        """Open the store and the receipts; at the end write what waits, then close both."""
        config = self._config
        await self._store.open()
        errors = errors_of(config)
        row = config.board.row(config.process)
        receipts = Receipts(config.receipts, config.lifetime, row)
        receipts.tap = self.feed.tap if self.feed is not None else None
        self._combiner = self._accepting(receipts, row)
        self.metrics.spans = spans_of(config)
        if FOLDED & {*config.improvements}:
            self._folding = FreshnessFolding(self._store)
        exposures = Exposures(config.experiments, self._store, self.metrics.exposures)
        self._impressions = Impressions(
            limits=config.limits,
            signer=self.signer,
            origins=self.origins,
            combiner=self._combiner,
            receipts=receipts,
            metrics=self.metrics,
            log=RequestLog(f"{config.seed}:{config.process}"),
            row=row,
            exposed=exposures.named,
        )
        yield
        await self.drain()
        await exposures.close()
        if self._folding is not None:
            await self._folding.close()
        if self.metrics.statsd is not None:
            self.metrics.statsd.close()
        if self.metrics.spans is not None:
            await self.metrics.spans.close()
        if errors is not None:
            await errors.aclose()
        await self.answers.close()
        receipts.close()
        await self._store.close()

    def _accepting(self, receipts: Receipts, row: Row) -> Accepting:
        """Return what takes batches to be written: a combiner, or one for each shard."""
        config = self._config
        if config.queue:
            from servers.queue.publisher import Publisher  # its client no other server needs

            return Publisher(config.queue, receipts, self.metrics, length_max=config.queue_length)

        def make(store: Store, take_back: Callable[[Job], bool]) -> Combiner:
            return Combiner(
                store,
                receipts,
                self.metrics,
                config.limits,
                row,
                writers=config.writers,
                take_back=take_back,
            )

        if isinstance(self._store, ShardedStore):
            return ShardLanes(self._store, make)
        return make(self._store, lambda job: False)

    def lane(
        self, app: web.Application, long_way: Callable[[], asyncio.Protocol], *, keep_alive_s: float
    ) -> Lane | None:
        """Return the short way of plain batches; None where a variant's middleware must see all."""
        if len(app.middlewares) > 1:
            return None
        assert self._impressions is not None
        heads = Heads(self.signer, self._config.limits, self._admission)
        return Lane(self._impressions, heads, long_way, keep_alive_s=keep_alive_s)

    async def drain(self) -> None:
        """Refuse new batches; return when every accepted one is written and has its receipt."""
        if self.feed is not None:
            self.feed.close()
        assert self._combiner is not None
        assert self._impressions is not None
        self._impressions.draining = True
        await self._combiner.close()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turn every refusal into JSON and give listed origins their headers."""
        response = await self._answer(request, handler)
        for name, value in self.origins.headers(request).items():
            response.headers[name] = value
        return response

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            self._admission.check(request.version, request.headers)
        except Refusal as refusal:
            response = refusal.response()
            response.force_close()  # how its body is to be read is not known
            return response
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return self.origins.preflight(request)
        try:
            return await handler(request)
        except Refusal as refusal:
            return refusal.response()
        except web.HTTPException as error:
            headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
            code = error.reason.lower().replace(" ", "_")
            return Refusal(error.status, code, error.reason, headers=headers).response()
        except psycopg.OperationalError as error:
            _log.error("a read failed: %s", error)
            return Refusal(503, "database_away", "try again", retry_after_s=2).response()
        except Exception:
            _log.exception("a request failed: %s %s", request.method, request.path)
            return Refusal(500, "internal", "an error of the server; it is logged").response()

    async def batch(self, request: web.Request) -> web.Response:
        """Store one batch."""
        assert self._impressions is not None
        return await self._impressions.post(request)

    async def healthz(self, request: web.Request) -> web.Response:
        """Say that the process lives."""
        return json_response({"status": "ok", "lifetime": self._config.lifetime})

    async def readyz(self, request: web.Request) -> web.Response:
        """Say whether a batch would be stored now, and how many are on their way."""
        assert self._impressions is not None
        ready = not self._impressions.draining
        if ready:
            try:
                ready = await asyncio.wait_for(self._store.alive(), timeout=2)
            except TimeoutError:
                ready = False
        body = {
            "ready": ready,
            "in_flight": self._config.board.total(Cell.IN_FLIGHT),
            "lifetime": self._config.lifetime,
        }
        return json_response(body, status=200 if ready else 503)

    async def openapi(self, request: web.Request) -> web.Response:
        """Return the description of this API."""
        return json_response(
            describe(self._config.limits, self._config.experiments.tiers, self._config.improvements)
        )

    async def metrics_text(self, request: web.Request) -> web.Response:
        """Return the metrics in Prometheus' text format, with what the database says just now."""
        try:
            seen = await asyncio.wait_for(self._seen(), timeout=_DATABASE_S)
        except (TimeoutError, psycopg.Error):
            seen = Seen()
        return web.Response(
            body=self.metrics.text() + seen.text(),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )

    async def _seen(self) -> Seen:
        if self._folding is not None:
            await self._folding.before_reading()
        return await self._store.seen()


SERVER = web.AppKey("server", Server)
