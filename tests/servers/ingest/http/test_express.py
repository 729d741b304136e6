"""The short way of a plain batch: who takes it, and that no client can tell by the answer."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from yarl import URL

from harness.core.wait import wait_until
from servers.ingest.config import Config, Limits
from servers.ingest.http import protocol
from servers.ingest.http.app import SERVER, create_app
from servers.ingest.http.express import REMEMBERED_BYTES, Heads
from servers.ingest.http.impressions import Impressions
from servers.ingest.http.session import COOKIE, LIFETIME_S, Signer
from servers.ingest.storage.store import Store
from tests.servers.ingest.site import (
    BATCHES,
    Site,
    make_config,
    read_receipts,
    rows,
    running,
    visitor,
)
from tests.servers.ingest.stores import GatedStore, PickyStore

pytestmark = pytest.mark.asyncio

SECRET = b"test"
SIGNED = f"{COOKIE}={Signer(SECRET).sign('ann')}"
JSON = "Content-Type: application/json"


def request(
    body: bytes = b'{"artworkIds":["a"]}',
    *more: str,
    line: str = f"POST {BATCHES} HTTP/1.1",
    kind: str = JSON,
    cookie: str = SIGNED,
    length: str | None = None,
) -> bytes:
    """Return a request as its bytes."""
    lines = [line, "Host: 127.0.0.1", kind, f"Cookie: {cookie}", *more]
    lines += [f"Content-Length: {len(body) if length is None else length}", "", ""]
    return "\r\n".join(lines).encode() + body


def heads(**limits: int) -> Heads:
    return Heads(Signer(SECRET), Limits(**limits))


async def test_a_plain_batch_is_read_whole_and_a_remembered_head_whatever_its_length() -> None:
    known = heads()
    assert known.read(request(b"one")) == ("ann", b"one")
    assert known.read(request(b"another one")) == ("ann", b"another one")
    assert known.read(request(b"one", "X-More: 1")) == ("ann", b"one")


OLD = Signer(SECRET).sign("ann", at_s=int(time.time()) - LIFETIME_S - 1)
SPECIAL = {
    "another_path": request(line="POST /api/session HTTP/1.1"),
    "a_query": request(line=f"POST {BATCHES}?a=1 HTTP/1.1"),
    "another_method": request(line=f"PUT {BATCHES} HTTP/1.1"),
    "another_host": request().replace(b"Host: 127.0.0.1", b"Host: evil.example"),
    "a_byte_that_is_no_text": request(cookie=f"{SIGNED}x").replace(b"x\r\n", b"\xff\r\n", 1),
    "an_old_http": request(line=f"POST {BATCHES} HTTP/1.0"),
    "a_beacon": request(kind="Content-Type: text/plain;charset=UTF-8"),
    "a_charset": request(kind=f"{JSON}; charset=utf-16"),
    "two_types": request(b"{}", JSON),
    "a_page": request(b"{}", "Origin: http://elsewhere"),
    "packed": request(b"{}", "Content-Encoding: gzip"),
    "in_chunks": request(b"{}", "Transfer-Encoding: chunked"),
    "one_that_asks_first": request(b"{}", "Expect: 100-continue"),
    "the_last_of_its_connection": request(b"{}", "Connection: close"),
    "an_upgrade": request(b"{}", "Connection: Upgrade", "Upgrade: websocket"),
    "two_lengths": request(b"{}", "Content-Length: 2"),
    "two_lengths_that_differ": request(b"{}", "content-length: 9"),
    "two_cookies": request(b"{}", f"Cookie: {SIGNED}"),
    "a_cookie_twice": request(cookie=f"{SIGNED}; {SIGNED}"),
    "stranger": request(cookie="other=1"),
    "a_forger": request(cookie=f"{SIGNED}0"),
    "somebody_from_long_ago": request(cookie=f"{COOKIE}={OLD}"),
    "a_signed_length": request(b"{}", length="+2"),
    "a_padded_length": request(b"{}", length="02"),
    "a_spaced_length": request(b"{}", length=" 2"),
    "no_length": request(b"{}").replace(b"Content-Length", b"X-Length"),
    "no_body": request(b""),
    "half_a_body": request(b"{", length="2"),
    "more_than_a_body": request(b"{}{", length="2"),
    "two_at_once": request() + request(),
    "half_a_head": request()[:40],
    "no_http": request(b"{}", "bad header"),
    "a_folded_header": request(b"{}", "X: 1", " 2"),
}


@pytest.mark.parametrize("raw", SPECIAL.values(), ids=SPECIAL)
async def test_anything_else_is_not(raw: bytes) -> None:
    known = heads()
    assert known.read(raw) is None
    assert known.read(request()) is not None  # and spoils nothing
    assert known.read(raw) is None


async def test_heads_are_remembered_in_bounded_bytes_and_only_of_verified_sessions() -> None:
    known = heads()
    signer = Signer(SECRET)
    for number in range(30):
        cookie = f"{COOKIE}={signer.sign(f'user {number}')}"
        assert known.read(request(b"{}", f"X-More: {'x' * 7000}", cookie=cookie)) is not None
    assert len(known._known) == 0  # each larger than a plain client's
    for raw in SPECIAL.values():
        known.read(raw)
    assert len(known._known) == 0
    assert known.read(request()) is not None
    assert len(known._known) == 1
    assert REMEMBERED_BYTES <= 16 << 20


async def test_a_body_over_the_limit_is_not_and_at_the_limit_is() -> None:
    assert heads(body_bytes=5).read(request(b"12345")) is not None
    assert heads(body_bytes=5).read(request(b"123456")) is None


async def test_a_length_in_another_headers_value_fools_no_reader() -> None:
    lying = request(b"{}", "X-Claim: Content-Length: 9")
    assert heads().read(lying) == ("ann", b"{}")
    hidden = request(b"{}", "X-Claim: 1\r\nContent-Length: 2", length="3")
    assert heads().read(hidden) is None


# --- on a running server


class Taken:
    """Counts the batches that took the short way."""

    def __init__(self) -> None:
        self.short = 0


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Taken:
    """Count without changing anything."""
    counted = Taken()
    take = Impressions.take

    def counting(self: Impressions, *arguments: object) -> bool:
        went = take(self, *arguments)  # type: ignore[arg-type]
        counted.short += went
        return went

    monkeypatch.setattr(Impressions, "take", counting)
    return counted


@asynccontextmanager
async def wire(site: Site) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    url = URL(site.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Return an answer's head without its date, and its body."""
    async with asyncio.timeout(30):
        head = await reader.readuntil(b"\r\n\r\n")
        found = re.search(rb"Content-Length: (\d+)", head)
        assert found is not None
        body = await reader.readexactly(int(found[1]))
    return re.sub(rb"Date: [^\r]*", b"Date: -", head), body


def ids(*artworks: str) -> bytes:
    return json.dumps({"artworkIds": artworks}).encode()


@pytest.mark.stack
async def test_both_ways_answer_with_the_same_bytes(
    database: str, receipts: Path, taken: Taken
) -> None:
    async with running(make_config(database, receipts)) as site, wire(site) as (reader, writer):
        writer.write(request(ids("a", "b", "a")))
        short = await answer(reader)
        assert taken.short == 1
        writer.write(request(ids("c", "d", "c"), kind=f"{JSON}; charset=utf-8"))
        long = await answer(reader)
        writer.write(request(ids("e")))  # the connection is aiohttp's now
        await answer(reader)
        assert taken.short == 1
    assert short == long
    first, second, _ = read_receipts(receipts)
    same = ("status", "received", "inserted", "duplicate", "bytes", "user")
    assert [first[name] for name in same] == [second[name] for name in same]


@pytest.mark.stack
async def test_what_would_be_refused_is_refused_the_long_way_with_one_receipt(
    database: str, receipts: Path, taken: Taken
) -> None:
    async with running(make_config(database, receipts)) as site, wire(site) as (reader, writer):
        writer.write(request(ids("a")))
        await answer(reader)
        writer.write(request(ids("b", "")))
        head, body = await answer(reader)
    assert taken.short == 1
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["item"] == 1
    assert [r["status"] for r in read_receipts(receipts)] == [200, 400]
    assert rows(database) == [("ann", "a")]


@pytest.mark.stack
async def test_what_the_database_refuses_is_answered_on_the_short_way(
    database: str, receipts: Path, taken: Taken
) -> None:
    config = make_config(database, receipts)
    async with running(config, store_type=PickyStore) as site, wire(site) as (reader, writer):
        writer.write(request(ids("poison")))
        head, body = await answer(reader)
        writer.write(request(ids("a")))
        good = await answer(reader)
    assert taken.short == 2
    assert head.startswith(b"HTTP/1.1 422 Unprocessable ")
    assert b"Content-Type: application/json" in head
    assert json.loads(body)["error"] == "not_storable"
    assert good[0].startswith(b"HTTP/1.1 200 ")
    assert [r["status"] for r in read_receipts(receipts)] == [422, 200]


@pytest.mark.stack
async def test_who_does_not_wait_for_an_answer_gets_all_in_order(
    database: str, taken: Taken
) -> None:
    config = make_config(database)
    async with running(config, store_type=GatedStore) as site, wire(site) as (reader, writer):
        store = site.store
        assert isinstance(store, GatedStore)
        writer.write(request(ids("a")))
        await store.arrived.wait()
        writer.write(request(ids("b", "c")) + request(ids("d"))[:50])
        writer.write(request(ids("d"))[50:])
        store.gate.set()
        received = [json.loads((await answer(reader))[1])["received"] for _ in range(3)]
    assert received == [1, 2, 1]
    assert rows(database) == [("ann", name) for name in "abcd"]


@pytest.mark.stack
async def test_a_client_that_hangs_up_loses_nothing(
    database: str, receipts: Path, taken: Taken
) -> None:
    config = make_config(database, receipts)
    async with running(config, store_type=GatedStore) as site:
        store = site.store
        assert isinstance(store, GatedStore)
        async with wire(site) as (_, writer):
            writer.write(request(ids("a")))
            await store.arrived.wait()
        store.gate.set()
        await wait_until("its receipt is there", lambda: read_receipts(receipts), timeout_s=30)
    assert taken.short == 1
    assert rows(database) == [("ann", "a")]


@pytest.mark.stack
async def test_a_server_that_stops_answers_what_it_took_and_hangs_up(database: str) -> None:
    config = make_config(database)
    async with running(config, store_type=GatedStore) as site:
        store = site.store
        assert isinstance(store, GatedStore)
        url = URL(site.url)
        busy_reader, busy = await asyncio.open_connection(url.host, url.port)
        idle_reader, idle = await asyncio.open_connection(url.host, url.port)
        busy.write(request(ids("a")))
        await store.arrived.wait()

        async def let_go_once_it_stops() -> None:
            impressions = site.app[SERVER]._impressions
            assert impressions is not None
            await wait_until("it stops", lambda: impressions.draining, timeout_s=30)
            store.gate.set()

        letting_go = asyncio.create_task(let_go_once_it_stops())
    await letting_go
    async with asyncio.timeout(30):
        assert (await busy_reader.read()).startswith(b"HTTP/1.1 200 OK\r\n")
        assert await idle_reader.read() == b""
    busy.close()
    idle.close()
    assert rows(database) == [("ann", "a")]


@pytest.mark.stack
async def test_an_idle_connection_is_closed_and_a_used_one_is_not(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By a clock that the test moves: of the real one no stall takes an hour.
    monkeypatch.setattr(protocol, "KEEP_ALIVE_S", 3600.0)
    loop = asyncio.get_running_loop()
    real, ahead_s = loop.time, 0.0
    monkeypatch.setattr(loop, "time", lambda: real() + ahead_s)

    async def let_pass(seconds: float) -> None:
        nonlocal ahead_s
        ahead_s += seconds
        due = asyncio.Event()
        loop.call_at(loop.time(), due.set)
        await due.wait()  # every earlier timer has fired

    async with running(make_config(database)) as site, wire(site) as (reader, writer):
        for number in range(4):
            writer.write(request(ids(f"{number}")))
            await answer(reader)
            await let_pass(0.6 * 3600)
        writer.write(request(ids("the last one")))
        await answer(reader)
        await let_pass(1.1 * 3600)
        await let_pass(1.1 * 3600)  # the watch that found it young looks once more
        async with asyncio.timeout(30):
            assert await reader.read() == b""


@pytest.mark.stack
async def test_a_variant_with_a_middleware_of_its_own_sees_every_batch(
    database: str, taken: Taken
) -> None:
    seen: list[str] = []

    @web.middleware
    async def looking(request: web.Request, handler: object) -> web.StreamResponse:
        seen.append(request.path)
        return await handler(request)  # type: ignore[operator, no-any-return]

    def factory(config: Config, store: Store) -> web.Application:
        app = create_app(config, store)
        app.middlewares.append(looking)
        return app

    config = make_config(database)
    async with running(config, app_factory=factory) as site, visitor(site.url) as ann:
        assert (await ann.send(["a"])).status == 200
    assert BATCHES in seen
    assert taken.short == 0
