"""The short way of a plain batch: whole, signed in, nothing special about it.

Nearly every request is one: a POST of JSON whose bytes arrive together, on a connection that sent
its like before. It needs no task, no request object and no routing: its head was read before, its
body goes to the combiner, and the answer is written when the group is committed. A connection
begins here. The first bytes that are anything else (another path, a page's Origin, gzip, a body in
pieces, a batch that would be refused) go to aiohttp as they came, and with them the connection, for
good: what is promised to them is promised there, once.

Heads are read by aiohttp's own parser and remembered by their bytes, so the two ways cannot
disagree about what a head says.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import NamedTuple, cast

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import (
    SERVER_SOFTWARE,
    HttpProcessingError,
    HttpRequestParser,
    HttpVersion11,
    RawRequestMessage,
)

from servers.ingest.admission.remembered import Remembered
from servers.ingest.admission.requests import Admission
from servers.ingest.config import Limits
from servers.ingest.http.impressions import PATH, Impressions, Outcome
from servers.ingest.http.session import COOKIE, Claim, Signer, cookie_of
from servers.ingest.refusal import Refusal

HEAD_BYTES = 2 << 10
REMEMBERED_BYTES = 16 << 20
_END = b"\r\n\r\n"
_LENGTH = b"\r\nContent-Length: "
_PLAINLY = "application/json"
_SPECIAL = ("Origin", "Content-Encoding", "Transfer-Encoding", "Expect")
_BEFORE = f"POST {PATH} HTTP/1.1\r\n".encode()


class Head(NamedTuple):
    """A plain request's head without its Content-Length, as it was understood."""

    claim: Claim


class Heads:
    """Remembers what heads say. One entry a client: the length is cut out of the key.

    Only heads with a session that is verified and not expired are kept, and of these at most
    ``REMEMBERED_BYTES``.
    """

    def __init__(self, signer: Signer, limits: Limits, admission: Admission | None = None) -> None:
        self._signer = signer
        self._limits = limits
        self._admission = admission or Admission()
        self._known = Remembered[bytes, Head](key_bytes=HEAD_BYTES, total_bytes=REMEMBERED_BYTES)

    def read(self, data: bytes) -> tuple[str, bytes] | None:
        """Return the user and the body of exactly one plain request; None for anything else."""
        end = data.find(_END) + len(_END)
        start = data.find(_LENGTH, 0, end) + len(_LENGTH)
        if end < len(_END) or start < len(_LENGTH):
            return None
        stop = data.find(b"\r", start)
        digits = data[start:stop]
        # No sign, no space, no leading zero, seven digits at most: there is one way to read it.
        if not digits.isdigit() or digits[:1] == b"0" or len(digits) > 7:
            return None
        if len(data) - end != int(digits) or int(digits) > self._limits.body_bytes:
            return None
        key = data[:start] + data[stop:end]
        head = self._known.get(key)
        if head is None:
            head = self._understand(data[:end])
            if head is None or self._signer.unexpired(head.claim) is None:
                return None
            self._known.put(key, head)
        user = self._signer.unexpired(head.claim)
        return None if user is None else (user, data[end:])

    def _understand(self, raw: bytes) -> Head | None:
        if not raw.startswith(_BEFORE):
            return None
        message = _parsed(raw)
        if message is None or message.version != HttpVersion11 or message.should_close:
            return None
        headers = message.headers
        try:
            self._admission.check(message.version, headers)
        except Refusal:
            return None  # the long way says why
        if message.upgrade or message.chunked or message.compression:
            return None
        if any(name in headers for name in _SPECIAL):
            return None
        if headers.getall("Content-Type", []) != [_PLAINLY]:
            return None
        cookies = headers.getall("Cookie", [])
        if len(headers.getall("Content-Length", [])) != 1 or len(cookies) != 1:
            return None
        value = cookie_of(cookies[0], COOKIE)
        claim = None if value is None else self._signer.claim(value)
        return None if claim is None else Head(claim)


def _parsed(raw: bytes) -> RawRequestMessage | None:
    """Return what aiohttp's parser makes of a head, or None when it refuses it."""
    loop = asyncio.get_running_loop()
    protocol = BaseProtocol(loop, None)
    parser = HttpRequestParser(protocol, loop, 2**16, auto_decompress=False)
    try:
        messages, _, _ = parser.feed_data(raw)
    except HttpProcessingError:
        return None
    return messages[0][0] if len(messages) == 1 else None


class Lane:
    """Every connection that is on the short way.

    ``long_way`` makes the protocol that takes a connection over. A connection that is idle for
    ``keep_alive_s`` is closed.
    """

    def __init__(
        self,
        impressions: Impressions,
        heads: Heads,
        long_way: Callable[[], asyncio.Protocol],
        *,
        keep_alive_s: float,
    ) -> None:
        self.impressions = impressions
        self.heads = heads
        self.long_way = long_way
        self.keep_alive_s = keep_alive_s
        self.connections: set[Express] = set()
        self.closing = False
        self._second = 0
        self._fixed = b""

    def connection(self) -> Express:
        """Return the protocol of a new connection."""
        return Express(self)

    def close(self) -> None:
        """Close what is idle now, and the rest after its answer."""
        self.closing = True
        for connection in list(self.connections):
            connection.close_when_idle()

    def answer(self, outcome: Outcome) -> bytes:
        """Return an answer's bytes, as aiohttp would write them."""
        second = int(time.time())
        if second != self._second:
            self._second = second
            date = formatdate(second, usegmt=True)
            self._fixed = f"Date: {date}\r\nServer: {SERVER_SOFTWARE}\r\n\r\n".encode()
        response = outcome.refusal.response() if outcome.refusal else None
        if response is None:
            body = outcome.body()
            head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            return head % (outcome.line, len(body)) + self._fixed + body
        body = bytes(response.body or b"")  # type: ignore[arg-type]  # ours are bytes
        lines = [f"HTTP/1.1 {response.status} {response.reason}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        lines += [f"Content-Length: {len(body)}", ""]
        return "\r\n".join(lines).encode() + self._fixed + body


class Express(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self.transport: asyncio.Transport | None = None
        self._busy = False
        self._half_closed = False
        self._held = b""
        self._idle_since_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, and end when nothing is ever asked."""
        self.transport = transport = cast(asyncio.Transport, transport)  # uvloop's are not one
        self._lane.connections.add(self)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._watch_idleness()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client; what it sent is written all the same."""
        self._leave()

    def pause_writing(self) -> None:
        """Read no more from a client that does not read its answers."""
        if self.transport is not None:
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.transport is not None and not self._busy:
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Take one plain batch, or let aiohttp have the connection."""
        if self._busy:  # a client that does not wait for its answer: in order, and one at a time
            assert self.transport is not None
            self._held += data
            self.transport.pause_reading()
            return
        plain = self._lane.heads.read(data)
        if plain is None or not self._lane.impressions.take(*plain, self._answer):
            self._hand_over(data)
            return
        self._busy = True

    def eof_received(self) -> bool:
        """Keep the connection of a client that asks no more until it has its answer."""
        self._half_closed = True
        return self._busy

    def abort_unread(self) -> None:
        """Drop a client that does not read its answer."""
        if self.transport is not None and self.transport.get_write_buffer_size() > 0:
            self.transport.abort()

    def close_when_idle(self) -> None:
        """Close the connection unless an answer is due; then after it."""
        if self.transport is not None and not self._busy:
            self.transport.close()

    def _answer(self, outcome: Outcome) -> None:
        self._busy = False
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        transport.write(self._lane.answer(outcome))
        self._idle_since_s = asyncio.get_running_loop().time()
        if outcome.closes or self._lane.closing:
            transport.close()
        elif self._held:
            held, self._held = self._held, b""
            transport.resume_reading()
            self.data_received(held)
        elif self._half_closed:
            transport.close()

    def _hand_over(self, data: bytes) -> None:
        transport = self.transport
        assert transport is not None
        self._leave()
        other = self._lane.long_way()
        transport.set_protocol(other)
        other.connection_made(transport)
        other.data_received(data)

    def _leave(self) -> None:
        self.transport = None
        self._lane.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch_idleness(self) -> None:
        """Close a connection on which nothing happened for long; else look again when it may be."""
        loop = asyncio.get_running_loop()
        left_s = self._lane.keep_alive_s
        if self._timer is None:
            self._idle_since_s = loop.time()
        elif not self._busy:
            left_s -= loop.time() - self._idle_since_s
        if left_s <= 0:
            self.close_when_idle()
            return
        self._timer = loop.call_later(left_s, self._watch_idleness)
