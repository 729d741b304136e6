"""Spans as OTLP's own messages, posted to a collector over HTTP from the server's own loop.

A span is written once, into the request that goes out next. OpenTelemetry's SDK makes an object of
it first and a message of that in a thread, which holds the interpreter against the answers; both
together took six times as long.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random  # noqa: TID251 - ids must differ from those of every other process: no seed
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

import aiohttp
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, SpanFlags

EXPORT_S = 2.0
"""How long one export may take."""
EVERY_S = 2.0
"""A span waits no longer than that for its export, unless one is under way."""
AT_ONCE = 512
"""Spans that go out before their time; each takes 7 µs, and their export waits for no answer."""
WAITING = 4 * AT_ONCE
"""Spans that may wait for an export that is under way; others are dropped."""
KEPT_BYTES = 1 << 20
"""Of spans that a collector did not take and may take later."""
HEADERS_VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
LATER = (429, 502, 503, 504)
"""With these a collector asks for the same again."""
_FLAGS = SpanFlags.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK
_log = logging.getLogger(__name__)


class Place(NamedTuple):
    """Where a span is: what its children and links name."""

    trace_id: bytes
    span_id: bytes


class SpanOutline:
    """What all spans of one kind have in common, encoded once."""

    def __init__(
        self, name: str, kind: Span.SpanKind.ValueType, attributes: Mapping[str, str]
    ) -> None:
        span = Span(name=name, kind=kind, flags=_FLAGS, attributes=_texts(attributes))
        self.encoded: bytes = span.SerializeToString()


class Exporter:
    """Collects spans and posts them until it is closed; made on a running loop.

    What a collector cannot take now is sent again with the next, as far as there is room; what it
    refuses is dropped. Either is logged once, until it takes some again.
    """

    def __init__(self, url: str, resource: Mapping[str, str], scope: str) -> None:
        """``url`` is the collector's, without ``/v1/traces``."""
        self._url = f"{url.rstrip('/')}/v1/traces"
        self._resource, self._scope = _texts(resource), scope
        self._ids = random.Random()
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Content-Type": "application/x-protobuf", **headers_of(os.environ)},
            timeout=aiohttp.ClientTimeout(total=EXPORT_S),
            trust_env=True,
        )
        self._kept = b""
        self._fails = False
        self._begin()
        self._wake = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._run())

    def place(self, trace_id: bytes = b"") -> Place:
        """Return the place of a new span, of a new trace unless one is named."""
        return Place(trace_id or self._ids.randbytes(16), self._ids.randbytes(8))

    def add(
        self,
        outline: SpanOutline,
        place: Place,
        times_ns: tuple[int, int],
        *,
        links: Sequence[Place] = (),
        parent: bytes = b"",
    ) -> Span:
        """Return a span that goes out next, from and to ``times_ns`` (wall), to be filled in now.

        It belongs to nothing when too many wait already.
        """
        self._waiting += 1
        if self._waiting >= AT_ONCE:
            self._wake.set()
        if self._waiting > WAITING:
            self._note("more come than it takes")
            span = Span()
        else:
            span = self._spans.add()
        span.MergeFromString(outline.encoded)
        span.trace_id, span.span_id = place
        span.parent_span_id = parent
        span.start_time_unix_nano, span.end_time_unix_nano = times_ns
        for one in links:
            span.links.add(trace_id=one.trace_id, span_id=one.span_id, flags=_FLAGS)
        return span

    async def close(self) -> None:
        """Send what waits, once; a collector that does not take it holds this up for two exports
        at most."""
        self._closing = True
        self._wake.set()
        await self._task
        await self._session.close()

    def _begin(self) -> None:
        """Begin the request that goes out next."""
        self._request = ExportTraceServiceRequest()
        group = self._request.resource_spans.add()
        group.resource.attributes.extend(self._resource)
        of_scope = group.scope_spans.add()
        of_scope.scope.name = self._scope
        self._spans: Any = of_scope.spans
        self._waiting = 0

    async def _run(self) -> None:
        is_last = False
        while not is_last:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), EVERY_S)
            self._wake.clear()
            is_last = self._closing
            if self._waiting or self._kept:
                await self._send()

    async def _send(self) -> None:
        # Encoded requests one after the other are one request: repeated fields are joined.
        body = self._kept + self._request.SerializeToString()
        self._kept = b""
        self._begin()
        try:
            async with self._session.post(self._url, data=body) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._note(type(error).__name__)
            self._keep(body)
            return
        if 200 <= status < 300:
            self._fails = False
            return
        self._note(f"status {status}")
        if status in LATER:
            self._keep(body)

    def _keep(self, body: bytes) -> None:
        if len(body) <= KEPT_BYTES:
            self._kept = body

    def _note(self, why: str) -> None:
        """Log that spans do not arrive; once, not with each export."""
        if not self._fails:
            _log.warning("the collector does not take all spans now: %s", why)
        self._fails = True


def headers_of(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a collector wants to see of us, from OpenTelemetry's variables: ``a=b,c=d``,
    with percent signs for what is special. What has no name is left out."""
    text = next((environ[name] for name in HEADERS_VARIABLES if environ.get(name)), "")
    found = {}
    for part in text.split(","):
        name, is_there, value = part.partition("=")
        if is_there and name.strip():
            found[unquote(name.strip()).lower()] = unquote(value.strip())
    return found


def add_numbers(span: Span, numbers: Sequence[tuple[str, int]]) -> None:
    """Give a span attributes that are numbers."""
    for key, number in numbers:
        one = span.attributes.add()
        one.key = key
        one.value.int_value = number


def add_text(span: Span, key: str, text: str) -> None:
    """Give a span an attribute that is a text."""
    span.attributes.append(_text(key, text))


def _text(key: str, text: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=text))


def _texts(attributes: Mapping[str, str]) -> list[KeyValue]:
    return [_text(key, text) for key, text in attributes.items()]
