"""Every request has a connection at once and is written once; what comes back is never guessed."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from harness.load.generator.wire import Wire
from harness.target.dialect import Reply
from tests.harness.certified import certified

REQUEST = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n{}"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Answers each connection with what it was given, piece by piece, then closes it or not."""

    def __init__(
        self,
        *connections: list[bytes],
        keep_open: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.requests: list[bytes] = []
        self.accepted = 0
        self._connections = connections
        self._keep_open = keep_open
        self._held: list[socket.socket] = []
        listener = socket.create_server(("127.0.0.1", 0))
        self.listener = tls.wrap_socket(listener, server_side=True) if tls else listener
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        for answers in self._connections:
            try:
                connection, _ = self.listener.accept()
            except ssl.SSLError:  # a client that does not trust us: the next one may
                continue
            except OSError:
                break
            self.accepted += 1
            for answer in answers:
                data = connection.recv(65_536)
                if not data:
                    break
                self.requests.append(data)
                for piece in answer.split(b"|"):
                    connection.sendall(piece)
            if self._keep_open:
                self._held.append(connection)
            else:
                connection.close()


@contextmanager
def serving(
    *connections: list[bytes], keep_open: bool = False, tls: ssl.SSLContext | None = None
) -> Iterator[Server]:
    server = Server(*connections, keep_open=keep_open, tls=tls)
    server.thread.start()
    try:
        yield server
    finally:
        server.listener.close()
        server.thread.join(30)
        for connection in server._held:
            connection.close()


def ask(url: str, **how: float) -> Reply:
    with closing(Wire(url, **how)) as wire:
        return wire.send(REQUEST)


@pytest.mark.parametrize(
    ("raw", "status", "body", "fields"),
    [
        (OK, 200, b"{}", {}),
        (b"HTTP/1.1 200 OK\r\nContent-Le|ngth: 2\r\n\r\n{|}", 200, b"{}", {"Content-Length": "2"}),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, b"", {}),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            200,
            b"{}",
            {"Transfer-Encoding": "chunked"},
        ),
        (
            b"HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 1\r\n\r\nx",
            503,
            b"x",
            {"Retry-After": "7"},
        ),
        (
            b"HTTP/1.1 200 OK\r\nX-Count: 2\r\nContent-Length: 2\r\n\r\n{}",
            200,
            b"{}",
            {"X-Count": "2"},
        ),
        (
            b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nContent-Length: 2\r\n\r\n{}",
            200,
            b"{}",
            {"Set-Cookie": "a=1; Path=/"},
        ),
        (b"HTTP/1.0 200 OK\r\nX: 1\r\n\r\n{}", 200, b"{}", {"X": "1"}),
        (b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{|"a"|:1}', 200, b'{"a":1}', {}),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", {}),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}", {}),
    ],
    ids=[
        *("plain", "in pieces", "empty", "chunked", "not now", "a field of its own", "cookie"),
        *("of 1.0, to its end", "in pieces, to its end", "no content", "of 1.0 with a length"),
    ],
)
def test_answers_are_read_whole(
    raw: bytes, status: int, body: bytes, fields: dict[str, str]
) -> None:
    with serving([raw]) as server:
        reply = ask(server.url)
    assert (reply.status, reply.body, reply.error) == (status, body, None)
    assert {name: reply.header(name) for name in fields} == fields


def test_fields_that_come_twice_are_all_there() -> None:
    cookies = b"Set-Cookie: a=1\r\nset-cookie: b=2\r\n"
    with serving([b"HTTP/1.1 200 OK\r\n" + cookies + b"Content-Length: 0\r\n\r\n"]) as server:
        assert ask(server.url).headers("Set-Cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200",
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
    ids=[
        *("nothing", "half a body", "half a head", "something else", "half of its chunks"),
        *("half a body of 1.0", "an interim answer alone"),
    ],
)
def test_an_answer_that_is_not_whole_is_no_answer(raw: bytes) -> None:
    with serving([raw]) as server:
        answer = ask(server.url)
    assert answer.status == 0
    assert answer.error
    assert len(server.requests) == 1, "a POST must never be sent again behind our back"


def test_a_connection_is_used_again_and_one_that_was_closed_is_not() -> None:
    with serving([OK, OK], [OK]) as server, closing(Wire(server.url)) as wire:
        assert [wire.send(REQUEST).status for _ in range(2)] == [200, 200]
        assert server.accepted == 1
        raw = wire._idle[0]._sock
        raw.settimeout(60)
        assert raw.recv(1, socket.MSG_PEEK) == b""  # the end has arrived
        raw.setblocking(False)
        assert wire.send(REQUEST).status == 200
        assert server.accepted == 2
    assert wire.refused == 0


def test_a_refused_connection_is_counted_and_named() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        wire = Wire(f"http://127.0.0.1:{probe.getsockname()[1]}")
        answer = wire.send(REQUEST)
    assert answer.status == 0
    assert "ConnectionRefusedError" in str(answer.error)
    assert wire.refused == 1


def test_silence_ends_after_the_time_limit() -> None:
    with serving([b""], keep_open=True) as server:
        answer = ask(server.url, timeout_s=0.2)
    assert (answer.status, answer.error) == (0, "TimeoutError: timed out")


def test_a_private_authority_is_trusted_where_it_is_named(tmp_path: Path) -> None:
    made = certified(tmp_path)
    with serving([OK], [OK], tls=made.server) as server:
        url = server.url.replace("http:", "https:")
        with closing(Wire(url)) as wire:
            assert wire.send(REQUEST).status == 0
        with closing(Wire(url, authority=str(made.authority))) as wire:
            assert wire.send(REQUEST).status == 200
