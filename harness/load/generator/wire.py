"""HTTP/1.1 for the load generator: one request, one answer, nothing hidden.

Locust's own clients queue for a connection when their pool is empty, and some layers send a
request again. Here every request has a connection at once, an idle one or a new one, and is
written once; the caller bounds how many there are. gevent, no threads.
"""

from __future__ import annotations

import contextlib
import functools
import socket as plain
import time
from typing import Any
from urllib.parse import urlsplit

from gevent import socket
from geventhttpclient.response import HTTPParseError, HTTPResponse

from harness.target.dialect import Reply

TIMEOUT_S = 10.0
_AT_ONCE = 65_536
_HEAD_END = b"\r\n\r\n"
_SPECIAL = (b"\r\ntransfer-encoding:", b"\r\nconnection: close", b"\r\nset-cookie:")


class Wire:
    """Connections to one server. ``refused`` counts those that could not be made."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S, authority: str = "") -> None:
        """``authority`` is the file of the certificate authority, empty for this machine's."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        self.host = parts.netloc.rpartition("@")[2]
        self.refused = 0
        self._address = (parts.hostname or "127.0.0.1", parts.port or (443 if secure else 80))
        self._is_secure = secure
        self._authority = authority or None
        self._timeout_s = timeout_s
        self._idle: list[Any] = []

    def send(self, request: bytes) -> Reply:
        """Send a whole request and wait for its answer, ``timeout_s`` at most; never raises for
        what the network or the server did."""
        deadline = time.monotonic() + self._timeout_s
        connection = self._take()
        try:
            if connection is None:
                connection = self._connect()
        except OSError as error:
            self.refused += 1
            return Reply(0, error=_named(error))
        kept = False
        try:
            sent = connection.send(request)  # nearly always all of it, for less than sendall takes
            if sent < len(request):
                connection.sendall(request[sent:])
            reply, kept = self._receive(connection, deadline)
        except (OSError, ValueError, HTTPParseError) as error:
            return Reply(0, error=_named(error))
        finally:
            if kept:
                self._idle.append(connection)
            else:
                connection.close()
        return reply

    def close(self) -> None:
        """Close every idle connection."""
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> Any | None:
        """Return an idle connection that the server has not closed meanwhile, or None."""
        while self._idle:
            connection = self._idle.pop()
            raw = getattr(connection, "_sock", None)
            if raw is None:  # TLS: what the server closed shows when we send
                return connection
            try:
                # Nothing was asked: an end, a reset or stray bytes all spoil the connection.
                raw.recv(1, plain.MSG_PEEK | plain.MSG_DONTWAIT)
            except BlockingIOError:
                return connection
            except OSError:
                pass
            connection.close()
        return None

    def _connect(self) -> Any:
        connection = socket.create_connection(self._address, timeout=self._timeout_s)
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._is_secure:
            from gevent import ssl as gevent_ssl

            context = gevent_ssl.create_default_context(cafile=self._authority)
            connection = context.wrap_socket(connection, server_hostname=self._address[0])
        connection.settimeout(self._timeout_s)
        return connection

    def _receive(self, connection: Any, deadline: float) -> tuple[Reply, bool]:
        """Return the answer, and whether the connection may be used again."""
        data = self._more(connection, deadline)
        head_end = data.find(_HEAD_END)
        head = data[:head_end] if head_end >= 0 else b""
        length = _plain_length(head)
        if length is None:
            return self._parse(connection, deadline, data)
        whole = head_end + 4 + length
        while len(data) < whole:
            data += self._more(connection, deadline)
        return Reply(int(data[9:12]), data[head_end + 4 : whole], head), len(data) == whole

    def _parse(self, connection: Any, deadline: float, data: bytes) -> tuple[Reply, bool]:
        """Read any other answer: chunked, in pieces, with an interim answer, to be closed …

        One without a length ends with its connection, as HTTP/1.0 has it; the parser knows of every
        other that it is not whole.
        """
        parser = HTTPResponse("POST")
        parser.feed(data)
        while not parser.message_complete or 100 <= parser.status_code < 200:
            parser.feed(self._more(connection, deadline, ends_answer=parser.headers_complete))
        lines = [f"HTTP/1.1 {parser.status_code}"]
        lines += [f"{name}: {value}" for name, value in parser.items()]
        head = "\r\n".join(lines).encode("latin-1", "replace")
        reply = Reply(parser.status_code, bytes(parser._body_buffer), head)
        return reply, not parser.should_close()

    def _more(self, connection: Any, deadline: float, *, ends_answer: bool = False) -> bytes:
        """Return what came next; nothing where the connection ended and that ``ends_answer``."""
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("timed out")
        if left_s < 0.9 * self._timeout_s:  # the usual answer comes long before that
            connection.settimeout(left_s)
        data: bytes = connection.recv(_AT_ONCE)
        if left_s < 0.9 * self._timeout_s:
            connection.settimeout(self._timeout_s)
        if not data and not ends_answer:
            raise ConnectionResetError("closed before the whole answer")
        return data


@functools.lru_cache(maxsize=256)  # heads of one second are alike, but for what they answer
def _plain_length(head: bytes) -> int | None:
    """Return the body's length of the plainest answer (a 2xx in one piece, of known length, that
    keeps its connection), or None for every other: that one is parsed with care."""
    if head[:10] != b"HTTP/1.1 2":
        return None
    head = head.lower()
    at = head.find(b"\r\ncontent-length:")
    if at < 0 or any(name in head for name in _SPECIAL):
        return None
    line_end = head.find(b"\r\n", at + 2)
    value = head[at + 17 : line_end if line_end >= 0 else len(head)].strip()
    return int(value) if value.isdigit() else None


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
