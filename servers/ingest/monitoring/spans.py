"""OpenTelemetry spans of batches: the request, its wait for a writer, and the statement.

One statement stores the batches of many requests, so it belongs to none of them: it is a trace of
its own with a link to each of its requests that is traced, and the wait of each has a link back.
No user, no artwork and no words of the database are in a span.
"""

from __future__ import annotations

import contextlib
import random  # noqa: TID251 - the server is apart; sampling is its only chance, and it is seeded
from collections.abc import Iterator, Sequence

import psycopg
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from servers.ingest.instant import Instant, now
from servers.ingest.monitoring.otlp import Exporter, Place, SpanOutline, add_numbers, add_text
from servers.ingest.receipts import Receipt

SERVICE = "impressions-ingest"
SCOPE = "servers.ingest"
ROUTE = "/api/artworks/batch-impressions"
REQUEST = f"POST {ROUTE}"
WAIT = "wait for a writer"
WRITE = "INSERT user_art_impressions"
_REQUEST = SpanOutline(
    REQUEST, Span.SPAN_KIND_SERVER, {"http.request.method": "POST", "http.route": ROUTE}
)
_WAIT = SpanOutline(WAIT, Span.SPAN_KIND_INTERNAL, {})
_WRITE = SpanOutline(
    WRITE,
    Span.SPAN_KIND_CLIENT,
    {
        "db.system.name": "postgresql",
        "db.operation.name": "INSERT",
        "db.collection.name": "user_art_impressions",
    },
)


class TracedRequest:
    """One request that is traced, from its headers to its answer."""

    __slots__ = ("place", "writes")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.writes: list[Place] = []
        """The statements that it was part of; more than one when a shared one failed."""


class Spans:
    """Makes spans of a share of all requests and sends them over OTLP/HTTP."""

    def __init__(self, url: str, *, share: float, release: str, lifetime: str, seed: str) -> None:
        """``url`` is the collector's, without ``/v1/traces``; ``share`` is from 0 to 1."""
        resource = {"service.name": SERVICE, "service.instance.id": lifetime}
        if release:
            resource["service.version"] = release
        self._exporter = Exporter(url, resource, SCOPE)
        self._share = share
        self._draw = random.Random(f"{seed}:spans").random

    def begin(self) -> TracedRequest | None:
        """Begin the span of a request that has been read; None when it is not drawn."""
        if self._draw() >= self._share:
            return None
        return TracedRequest(self._exporter.place())

    @contextlib.contextmanager
    def write(self, requests: Sequence[TracedRequest], *, batches: int, ids: int) -> Iterator[None]:
        """Trace one statement for ``batches`` requests, of which ``requests`` are traced."""
        place = self._exporter.place()
        for one in requests:
            one.writes.append(place)
        began_ns = now().wall_ns
        failure = ""
        try:
            yield
        except Exception as error:
            failure = _kind_of(error)
            raise
        finally:
            times_ns = began_ns, now().wall_ns
            links = [one.place for one in requests]
            span = self._exporter.add(_WRITE, place, times_ns, links=links)
            add_numbers(span, (("ingest.batches", batches), ("ingest.ids", ids)))
            if failure:
                add_text(span, "error.type", failure)
                span.status.code = Status.STATUS_CODE_ERROR

    def end(
        self, request: TracedRequest, receipt: Receipt, at: Instant, *, waited_ns: tuple[int, int]
    ) -> None:
        """End a request that has its outcome ``at``; ``waited_ns`` is when it was queued and when
        a writer took it (monotonic)."""
        offset_ns = at.wall_ns - at.mono_ns
        trace_id, parent = request.place
        self._exporter.add(
            _WAIT,
            self._exporter.place(trace_id),
            (waited_ns[0] + offset_ns, waited_ns[1] + offset_ns),
            links=request.writes,
            parent=parent,
        )
        self._end(request, receipt, at)

    def refused(self, receipt: Receipt, at: Instant) -> None:
        """Trace, if it is drawn, a request that was turned down before it was queued."""
        request = self.begin()
        if request is not None:
            self._end(request, receipt, at)

    async def close(self) -> None:
        """Send what waits; give it up when the collector takes longer than two exports may."""
        await self._exporter.close()

    def _end(self, request: TracedRequest, receipt: Receipt, at: Instant) -> None:
        ended_ns = receipt.received_wall_ns + at.mono_ns - receipt.received_mono_ns
        times_ns = receipt.received_wall_ns, ended_ns
        span = self._exporter.add(_REQUEST, request.place, times_ns)
        add_numbers(
            span,
            (
                ("http.request.body.size", receipt.bytes),
                ("http.response.status_code", receipt.status),
                ("ingest.received", receipt.received),
                ("ingest.inserted", receipt.inserted),
                ("ingest.duplicate", receipt.duplicate),
            ),
        )
        if receipt.reason is not None:
            add_text(span, "error.type", receipt.reason)
        if receipt.status >= 500:  # a client's mistake is no error of the server's span
            span.status.code = Status.STATUS_CODE_ERROR


def _kind_of(error: Exception) -> str:
    """Return what kind of error it is; its own words may name users and artworks."""
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    return state or type(error).__name__
