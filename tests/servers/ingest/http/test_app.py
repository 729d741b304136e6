"""Both ways of reading a request say the same to anything: byte for byte, but for the date.

The short way (``express``) knows what a plain batch is and leaves the rest to aiohttp. Nothing that
a client can send may be understood otherwise, or end otherwise, on the one than on the other.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from hypothesis import example, given, settings
from hypothesis import strategies as st

from servers.ingest.config import Config
from servers.ingest.http.app import create_app
from servers.ingest.http.session import COOKIE, LIFETIME_S, Signer
from servers.ingest.storage.store import Store
from tests.servers.ingest.site import BATCHES, make_config, running
from tests.servers.ingest.stores import MemoryStore

SIGNED = Signer(b"test").sign("ann").encode()
OLD = Signer(b"test").sign("ann", at_s=int(time.time()) - LIFETIME_S - 9).encode()
NAME = COOKIE.encode()


@web.middleware
async def _does_nothing(request: web.Request, handler: object) -> web.StreamResponse:
    return await handler(request)  # type: ignore[operator, no-any-return]


def _all_the_long_way(config: Config, store: Store) -> web.Application:
    app = create_app(config, store)
    app.middlewares.append(_does_nothing)
    return app


@dataclass(frozen=True)
class TwoWays:
    """The ports of two servers: one has both ways, one takes every request the long way."""

    both: int
    long: int


@contextmanager
def _serving() -> Iterator[TwoWays]:
    """Serve in a thread, so that examples need no event loop of their own."""
    found: list[TwoWays] = []
    ready, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        both = running(make_config(""), store_type=MemoryStore)
        long = running(make_config(""), store_type=MemoryStore, app_factory=_all_the_long_way)
        async with both as one, long as other:
            found.append(TwoWays(*(int(urlsplit(site.url).port or 0) for site in (one, other))))
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield found[0]
    finally:
        stop.set()
        thread.join(60)


@pytest.fixture(scope="module")
def two_ways() -> Iterator[TwoWays]:
    """Return the two servers."""
    with _serving() as found:
        yield found


def answers(port: int, sent: bytes) -> bytes:
    """Return all that comes back on one connection, without the dates and lifetimes."""
    with ExitStack() as closing:
        client = closing.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        received = b""
        while block := client.recv(65_536):
            received += block
    return re.sub(rb"Date: [^\r]*", b"Date: -", received)


def request(
    body: bytes,
    *,
    cookies: tuple[bytes, ...] = (NAME + b"=" + SIGNED,),
    more: tuple[bytes, ...] = (),
    line: bytes = f"POST {BATCHES} HTTP/1.1".encode(),
    hosts: tuple[bytes, ...] = (b"127.0.0.1",),
    kind: bytes = b"application/json",
    length: bytes | None = None,
) -> bytes:
    """Return a request as its bytes."""
    lines = [line, *(b"Host: " + host for host in hosts), b"Content-Type: " + kind]
    lines += [b"Cookie: " + cookie for cookie in cookies] + list(more)
    lines += [b"Content-Length: " + (b"%d" % len(body) if length is None else length), b"", b""]
    return b"\r\n".join(lines) + body


# What a field's value may hold on the wire; a line feed or a NUL would end or break the head.
_OCTETS = st.binary(max_size=40).map(lambda raw: re.sub(rb"[\x00\r\n]", b"?", raw))
_PAIR = NAME + b"="
_COOKIE = st.one_of(
    st.sampled_from(
        [
            _PAIR + SIGNED,
            _PAIR + b'"' + SIGNED + b'"',
            _PAIR + b'"' + SIGNED,
            _PAIR + b'""' + SIGNED + b'""',
            _PAIR + OLD,
            _PAIR + SIGNED + b"\x80",
            _PAIR + SIGNED.replace(b".", b"\xff.", 1),
            _PAIR + SIGNED[:-1],
            _PAIR,
            NAME,
            b"other=1; " + _PAIR + SIGNED + b"; x=y",
            b"other=\xff; " + _PAIR + SIGNED,
            b"a=1;" + _PAIR + SIGNED + b";" + _PAIR + SIGNED,
            _PAIR + SIGNED + b" ",
            NAME + b" = " + SIGNED,
            b";;" + _PAIR + SIGNED + b";;",
            b'q="a;' + _PAIR + SIGNED + b';"',
            b"$Version=1; " + _PAIR + SIGNED + b"; $Path=/",
            NAME.upper() + b"=" + SIGNED,
            b"\xc2\xa0" + _PAIR + SIGNED,
            _PAIR + SIGNED + b"; Path=/; HttpOnly",
            b"[]=x; {}; " + _PAIR + SIGNED,
        ]
    ),
    _OCTETS,
    _OCTETS.map(lambda raw: _PAIR + raw),
    _OCTETS.map(lambda raw: raw + b"; " + _PAIR + SIGNED),
)
_NAMES = (
    b"Origin",
    b"Content-Encoding",
    b"Transfer-Encoding",
    b"Expect",
    b"Connection",
    b"Upgrade",
    b"Accept",
    b"User-Agent",
    b"X-Any",
    b"content-type",
    b"content-length",
    b"TE",
    b"Via",
    b"X-Forwarded-Host",
    b"Access-Control-Request-Method",
    b"Trailer",
)
_TELLING = (b"gzip, chunked", b"chunked", b"close", b"keep-alive", b"h2c", b"100-continue", b"gzip")
_TELLING += (b"http://127.0.0.1", b"http://evil.example", b"null", b"identity", b"\xff", b"")
_FIELD = st.builds(
    lambda name, value: name + b": " + value,
    st.sampled_from(_NAMES),
    st.one_of(st.sampled_from(_TELLING), _OCTETS),
)
_LINES = [
    f"{method} {path} HTTP/{version}".encode()
    for method, path, version in (
        *[("POST", BATCHES, "1.1")] * 6,
        ("POST", BATCHES, "1.0"),
        ("POST", BATCHES, "2.0"),
        ("POST", BATCHES, "0.9"),
        ("POST", BATCHES, "1.2"),
        ("POST", BATCHES, "9.9"),
        ("PUT", BATCHES, "1.1"),
        ("POST", f"http://evil.example{BATCHES}", "1.1"),
        ("POST", f"{BATCHES}?a=b", "1.1"),
        ("POST", BATCHES.replace("a", "%61"), "1.1"),
        ("post", BATCHES, "1.1"),
        ("OPTIONS", BATCHES, "1.1"),
    )
]
_HOSTS = st.one_of(
    st.just((b"127.0.0.1",)),
    st.sampled_from([(), (b"evil.example",), (b"a", b"b"), (b"[::1]:80",), (b"\xff",), (b"",)]),
)
_BODIES = (
    b'{"artworkIds":["a","b"]}',
    b'{"artworkIds":[]}',
    b"{",
    b"",
    b'{"artworkIds":["a"],"subject":"bob"}',
    b'{"artworkIds":["\xff"]}',
    b'{"artworkIds":["c"],"batchId":"1"}',
)
_OTHER_KINDS = [
    b"application/json; charset=latin-1",
    b"text/plain",
    b"\xff",
    b"application/json\xff",
    b"",
]
_LENGTHS = [b"2", b"+2", b"02", b"1e1", b"-1", b"\xff"]
_REQUESTS = st.builds(
    request,
    st.sampled_from(_BODIES),
    cookies=st.one_of(
        st.just((_PAIR + SIGNED,)),
        st.lists(_COOKIE, max_size=2).map(tuple),
        _COOKIE.map(lambda c: (c,)),
    ),
    more=st.lists(_FIELD, max_size=2).map(tuple),
    line=st.sampled_from(_LINES),
    hosts=_HOSTS,
    kind=st.sampled_from(
        [b"application/json"] * 5
        + [
            b"application/json; charset=latin-1",
            b"text/plain",
            b"\xff",
            b"application/json\xff",
            b"",
        ]
    ),
    length=st.one_of(
        st.none(), st.none(), st.sampled_from([b"2", b"+2", b"02", b"1e1", b"-1", b"\xff"])
    ),
)


@settings(max_examples=300)
@given(sent=st.lists(_REQUESTS, min_size=1, max_size=2).map(b"".join))
@example(sent=request(_BODIES[0], cookies=(_PAIR + SIGNED + b"\x80",)))
@example(sent=request(_BODIES[0], cookies=(b"\x80" + _PAIR + SIGNED,)))
@example(sent=request(_BODIES[0], more=(b"Transfer-Encoding: gzip, chunked",)))
def test_both_ways_say_the_same_to_anything(two_ways: TwoWays, sent: bytes) -> None:
    assert answers(two_ways.both, sent) == answers(two_ways.long, sent)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request(_BODIES[0]), 200),
        (request(_BODIES[0], cookies=(_PAIR + b'"' + SIGNED + b'"',)), 200),
        (request(_BODIES[0], cookies=(_PAIR + SIGNED + b"\x80",)), 401),
        (request(_BODIES[0], cookies=(_PAIR + b"\xff.\xfe.\xfd",)), 401),
        (request(_BODIES[0], cookies=(_PAIR + SIGNED, _PAIR + SIGNED)), 401),
        (request(_BODIES[0], cookies=(_PAIR + OLD,)), 401),
        (request(_BODIES[0], hosts=(b"evil.example",)), 421),
        (request(_BODIES[0], line=f"POST {BATCHES} HTTP/2.0".encode()), 505),
        (request(_BODIES[0], hosts=()), 400),
    ],
)
def test_what_both_ways_say(two_ways: TwoWays, sent: bytes, status: int) -> None:
    for port in (two_ways.both, two_ways.long):
        assert answers(port, sent).partition(b" ")[2].startswith(b"%d " % status)


def test_a_body_in_a_coding_that_it_does_not_speak_is_a_501(two_ways: TwoWays) -> None:
    sent = request(b"0\r\n\r\n", more=(b"Transfer-Encoding: gzip, chunked",))
    sent = re.sub(rb"Content-Length: \d+\r\n", b"", sent)
    for port in (two_ways.both, two_ways.long):
        assert answers(port, sent).startswith(b"HTTP/1.1 501 ")


def test_the_answer_to_any_path_is_that_of_the_host(two_ways: TwoWays) -> None:
    """A page that another site had led here reads nothing: neither data nor the metrics."""
    for path in ("/display", "/api/artworks", "/metrics", "/openapi.json", "/nothing"):
        sent = f"GET {path} HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode()
        assert answers(two_ways.both, sent).startswith(b"HTTP/1.1 421 ")
