"""What passes through the gateway: a call, its answer, and the bytes and the end of the latter."""

from __future__ import annotations

import enum
import io
import json
import socket
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from harness.core.clock import now
from harness.core.wait import wait_until
from harness.target.dialect import BatchFields, Dialect

_DRAIN_TIMEOUT_S = 10.0
_PLAIN_BYTES_MAX = 4 * 1024**2
BODY_BYTES_MAX = 16 * 1024**2
"""The most of a request's body that is held; a target's own limit is far below."""
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Fields = tuple[tuple[str, str], ...]
"""Header names and values as they were written, in their order."""


class Ending(enum.Enum):
    """What becomes of the connection after the answer."""

    KEPT = "kept"
    FIN = "fin"
    RST = "rst"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, whole. ``target`` is path and query exactly as the visitor sent them."""

    method: str
    target: str
    headers: Fields
    body: bytes
    content: Mapping[str, Any]
    """What the body says when it is a JSON object, gzipped or not; else nothing."""
    to_batches: bool = False
    """Whether it goes to where batches are sent, a preflight too."""
    batch: BatchFields | None = None
    """What the batch that it carries tells of itself; None where it carries none."""
    halfway: Callable[[], Awaitable[object]] | None = None
    """Awaited when half of the body was forwarded, before the rest is."""

    @property
    def path(self) -> str:
        """Return the path without the query."""
        return self.target.partition("?")[0]

    def header(self, name: str) -> str | None:
        """Return the first header of that name."""
        return _first(self.headers, name)

    def without(self, *names: str) -> Call:
        """Return the same call without these headers."""
        return replace(self, headers=_dropped(self.headers, *names))

    def url_at(self, base: str) -> URL:
        """Return where it goes at a target, nothing quoted anew."""
        return URL(base + self.target, encoded=True)

    def headers_for(self, host: str) -> CIMultiDict[str]:
        """Return the end-to-end headers, with another Host if one is given."""
        fields: CIMultiDict[str] = CIMultiDict()
        spelt: dict[str, str] = {}
        for name, value in _end_to_end(self.headers):
            # aiohttp drops the first of two that are spelt differently, X-A and x-a.
            fields.add(spelt.setdefault(name.lower(), name), value)
        if host:
            fields["Host"] = host
        # Sent explicitly, so that "close" in the answer is the target's own choice.
        fields["Connection"] = "keep-alive"
        return fields

    def stream(self) -> io.BytesIO | AsyncIterator[bytes] | None:
        """Return the body for sending, None if it is empty."""
        if self.body and self.halfway is not None:
            return self._in_halves(self.halfway)
        return io.BytesIO(self.body) if self.body else None

    async def _in_halves(self, halfway: Callable[[], Awaitable[object]]) -> AsyncIterator[bytes]:
        middle = len(self.body) // 2
        yield self.body[:middle]
        await halfway()
        yield self.body[middle:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; ``sent_bytes`` of its wire form (None: all) are sent, then it ends so."""

    status: int
    reason: str = ""
    headers: Fields = ()
    body: bytes = b""
    ending: Ending = Ending.KEPT
    sent_bytes: int | None = None
    first_byte_ns: int = 0
    """When the target's answer began, ns of CLOCK_MONOTONIC; 0 for one that is not the target's."""

    @property
    def is_silence(self) -> bool:
        """Say whether the target gave no answer at all."""
        return self.status == 0

    def header(self, name: str) -> str | None:
        """Return the first header of that name."""
        return _first(self.headers, name)

    def without(self, *names: str) -> Answer:
        """Return the same answer without these headers."""
        return replace(self, headers=_dropped(self.headers, *names))

    def having(self, **changes: Any) -> Answer:
        """Return the same answer with another body, other headers …; fix its length yourself."""
        return replace(self, **changes)

    def ended(self, how: Ending) -> Answer:
        """Return it with another end of the connection."""
        return replace(self, ending=how)

    def cut(self, sent_bytes: int, how: Ending) -> Answer:
        """Return it with only that much of its wire form sent before the connection ends."""
        return replace(self, sent_bytes=sent_bytes, ending=how)

    def wire(self) -> bytes:
        """Return all that is sent."""
        whole = self.head() + self.body
        return whole if self.sent_bytes is None else whole[: self.sent_bytes]

    def head(self) -> bytes:
        """Return status line and headers, with the blank line."""
        lines = [f"HTTP/1.1 {self.status} {self.reason}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.ending is Ending.FIN and self.sent_bytes is None:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


SILENCE = Answer(status=0, ending=Ending.FIN, sent_bytes=0)
"""No answer: the connection ends without a byte."""


def answer_of(status: int, reason: str, body: bytes, **headers: str) -> Answer:
    """Return an answer of the gateway's own; no cache may keep it. ``_`` in a name means ``-``."""
    fields = {"Cache_Control": "no-store", **headers, "Content_Length": str(len(body))}
    return Answer(
        status=status,
        reason=reason,
        headers=tuple((name.replace("_", "-"), value) for name, value in fields.items()),
        body=body,
    )


class WireResponse(web.StreamResponse):
    """Writes an answer as it is, no header added, and ends the connection as it says."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer

    @property
    def keep_alive(self) -> bool:
        """Say whether another request may follow on the connection."""
        return self._answer.ending is Ending.KEPT

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write it all; it goes nowhere when the visitor has gone."""
        transport = request.transport
        if transport is None:
            return
        stays = request.keep_alive and request.version >= (1, 1)
        if self._answer.ending is Ending.KEPT and not stays:
            self._answer = self._answer.ended(Ending.FIN)
        transport.write(self._answer.wire())
        if self._answer.ending is Ending.RST:
            await wait_until(
                "the visitor took what is sent before the reset",
                lambda: transport.is_closing() or not transport.get_write_buffer_size(),
                timeout_s=_DRAIN_TIMEOUT_S,
            )
            _reset(transport)

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: all is written."""


class BodyTooLarge(Exception):
    """A request's body is over ``BODY_BYTES_MAX``."""


def head_of(request: web.BaseRequest) -> Call:
    """Return a request as far as its head goes: nothing of its body is read."""
    fields = tuple((_text(name), _text(value)) for name, value in request.raw_headers)
    return Call(
        method=request.method, target=request.raw_path, headers=fields, body=b"", content={}
    )


async def read_call(request: web.BaseRequest, dialect: Dialect) -> Call | None:
    """Return the request when it is whole; None when it broke off.

    The dialect says whether it carries a batch. Raises BodyTooLarge without reading on.
    """
    try:
        body = await _bounded_body(request)
    except (web.RequestPayloadError, ConnectionError):
        return None
    plain = _decoded(body, request.headers.get("Content-Encoding", ""))
    to_batches = dialect.is_batch_path(request.raw_path.partition("?")[0])
    is_batch = to_batches and request.method == dialect.batch_method
    return replace(
        head_of(request),
        body=body,
        content=_content_of(plain),
        to_batches=to_batches,
        batch=dialect.batch_fields(plain) if is_batch else None,
    )


async def _bounded_body(request: web.BaseRequest) -> bytes:
    if (request.content_length or 0) > BODY_BYTES_MAX:
        raise BodyTooLarge
    pieces: list[bytes] = []
    size = 0
    async for piece in request.content.iter_any():
        size += len(piece)
        if size > BODY_BYTES_MAX:
            raise BodyTooLarge
        pieces.append(piece)
    return b"".join(pieces)


async def read_answer(response: aiohttp.ClientResponse) -> Answer:
    """Return the target's answer, or as much of it as came before it broke off."""
    first_byte_ns = now().mono_ns
    pieces: list[bytes] = []
    whole = True
    try:
        async for piece in response.content.iter_any():
            pieces.append(piece)
    except (aiohttp.ClientPayloadError, ConnectionError):
        whole = False
    raw = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in response.raw_headers)
    body = b"".join(pieces)
    closes = (_first(raw, "Connection") or "").lower() == "close"
    fields = _end_to_end(raw)
    bodiless = response.method == "HEAD" or response.status in (204, 304)
    if not bodiless and _first(fields, "Content-Length") is None:
        # A chunked answer that broke off must not look whole: promise one byte more.
        fields = (*fields, ("Content-Length", str(len(body) + (0 if whole else 1))))
    return Answer(
        status=response.status,
        reason=response.reason or "",
        headers=fields,
        body=body,
        ending=Ending.KEPT if whole and not closes else Ending.FIN,
        first_byte_ns=first_byte_ns,
    )


def _decoded(body: bytes, coding: str) -> bytes:
    """Return a body without its content coding; nothing for one that does not decode."""
    if coding.strip().lower() != "gzip":
        return body
    try:
        return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS).decompress(body, _PLAIN_BYTES_MAX)
    except zlib.error:
        return b""


def _content_of(body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _first(fields: Fields, name: str) -> str | None:
    return next((value for key, value in fields if key.lower() == name.lower()), None)


def _dropped(fields: Fields, *names: str) -> Fields:
    unwanted = {name.lower() for name in names}
    return tuple((name, value) for name, value in fields if name.lower() not in unwanted)


def _end_to_end(fields: Fields) -> Fields:
    named = [value for name, value in fields if name.lower() == "connection"]
    listed = {token.strip() for value in named for token in value.split(",") if token.strip()}
    return _dropped(fields, *_HOP_BY_HOP, *listed)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _reset(transport: Any) -> None:
    """End the connection with RST: a close that lingers for no time at all."""
    connection = transport.get_extra_info("socket")
    if connection is not None and not transport.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
