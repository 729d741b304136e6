"""OpenTelemetry spans of batches: the request, its wait for a writer, and the statement.

One statement stores the batches of many requests, so it belongs to none of them: it is a trace of
its own with a link to each of its requests that is traced, and the wait of each has a link back.
No user, no artwork and no words of the database are in a span.
"""

from __future__ import annotations

import asyncio
import contextlib
import random  # noqa: TID251 - the server is apart; sampling is its only chance, and it is seeded
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode

from servers.ingest.instant import Instant
from servers.ingest.receipts import Receipt

SERVICE = "impressions-ingest"
ROUTE = "/api/artworks/batch-impressions"
REQUEST = f"POST {ROUTE}"
WAIT = "wait for a writer"
WRITE = "INSERT user_art_impressions"
EXPORT_S = 2.0
"""How long one export may take, and how long the end of the server waits for the last ones."""


class TracedRequest:
    """One request that is traced, from its headers to its answer."""

    __slots__ = ("span", "writes")

    def __init__(self, span: Span) -> None:
        self.span = span
        self.writes: list[Link] = []
        """The statements that it was part of; more than one when a shared one failed."""


class Spans:
    """Makes spans of a share of all requests and sends them over OTLP/HTTP, in a thread."""

    def __init__(self, url: str, *, share: float, release: str, lifetime: str, seed: str) -> None:
        """``url`` is the collector's, without ``/v1/traces``; ``share`` is from 0 to 1."""
        resource = {"service.name": SERVICE, "service.instance.id": lifetime}
        if release:
            resource["service.version"] = release
        self._exporter: Any = OTLPSpanExporter(
            endpoint=f"{url.rstrip('/')}/v1/traces", timeout=EXPORT_S
        )
        self._provider = TracerProvider(resource=Resource.create(resource), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("servers.ingest")
        self._share = share
        self._chance = random.Random(f"{seed}:spans")

    def begin(self, receipt: Receipt) -> TracedRequest | None:
        """Begin the span of a request that has been read; None when it is not drawn."""
        if self._chance.random() >= self._share:
            return None
        span = self._tracer.start_span(
            REQUEST,
            context=trace.set_span_in_context(trace.INVALID_SPAN),
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": "POST",
                "http.route": ROUTE,
                "http.request.body.size": receipt.bytes,
            },
            start_time=receipt.received_wall_ns,
        )
        return TracedRequest(span)

    @contextlib.contextmanager
    def write(self, requests: Sequence[TracedRequest], *, batches: int, ids: int) -> Iterator[None]:
        """Trace one statement for ``batches`` requests, of which ``requests`` are traced."""
        span = self._tracer.start_span(
            WRITE,
            context=trace.set_span_in_context(trace.INVALID_SPAN),
            kind=SpanKind.CLIENT,
            attributes={
                "db.system.name": "postgresql",
                "db.operation.name": "INSERT",
                "db.collection.name": "user_art_impressions",
                "ingest.batches": batches,
                "ingest.ids": ids,
            },
            links=[Link(one.span.get_span_context()) for one in requests],
        )
        for one in requests:
            one.writes.append(Link(span.get_span_context()))
        try:
            yield
        except Exception as error:
            span.set_attribute("error.type", _kind_of(error))
            span.set_status(Status(StatusCode.ERROR))
            raise
        finally:
            span.end()

    def end(
        self, request: TracedRequest, receipt: Receipt, at: Instant, *, waited_ns: tuple[int, int]
    ) -> None:
        """End a request that has its outcome ``at``; ``waited_ns`` is when it was queued and when
        a writer took it (monotonic)."""
        offset_ns = at.wall_ns - at.mono_ns
        wait = self._tracer.start_span(
            WAIT,
            context=trace.set_span_in_context(request.span),
            links=request.writes,
            start_time=waited_ns[0] + offset_ns,
        )
        wait.end(waited_ns[1] + offset_ns)
        _end(request.span, receipt, at)

    def refused(self, receipt: Receipt, at: Instant) -> None:
        """Trace, if it is drawn, a request that was turned down before it was queued."""
        request = self.begin(receipt)
        if request is not None:
            _end(request.span, receipt, at)

    async def close(self) -> None:
        """Send what waits; give it up when the collector takes longer than two exports may."""
        ending = asyncio.create_task(asyncio.to_thread(self._provider.shutdown))
        _, late = await asyncio.wait([ending], timeout=EXPORT_S)
        if late:
            self._exporter.shutdown()  # ends the pauses between its tries
        await ending


def _end(span: Span, receipt: Receipt, at: Instant) -> None:
    span.set_attributes(
        {
            "http.response.status_code": receipt.status,
            "ingest.received": receipt.received,
            "ingest.inserted": receipt.inserted,
            "ingest.duplicate": receipt.duplicate,
        }
    )
    if receipt.reason is not None:
        span.set_attribute("error.type", receipt.reason)
    if receipt.status >= 500:  # a client's mistake is no error of the server's span
        span.set_status(Status(StatusCode.ERROR))
    span.end(receipt.received_wall_ns + at.mono_ns - receipt.received_mono_ns)


def _kind_of(error: Exception) -> str:
    """Return what kind of error it is; its own words may name users and artworks."""
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    return state or type(error).__name__
