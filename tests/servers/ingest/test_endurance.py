"""Clients that dawdle, and a loop that must not."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from servers.ingest.config import Limits
from servers.ingest.http.session import COOKIE, Signer
from tests.servers.ingest.site import BATCHES, PATIENT, make_config, rows, running, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]

CALLBACK_CPU_S_MAX = 0.050


async def _speak(url: str, sent: bytes) -> tuple[bytes, bytes]:
    """Send bytes over a plain socket; return the answer's status line and its body."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(sent)
    try:
        async with asyncio.timeout(30):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            return head.partition(b"\r\n")[0], await reader.readexactly(length)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def _head(length: int | None) -> bytes:
    """Return the headers of a batch; without a length it comes in chunks."""
    lines = [
        f"POST {BATCHES} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Cookie: {COOKIE}={Signer(b'test').sign('ann')}",
        "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def test_a_body_that_does_not_come_is_a_408(database: str) -> None:
    config = make_config(database, limits=Limits(body_s=0.05))
    async with running(config) as site:
        status, body = await _speak(site.url, _head(100) + b'{"artworkIds":')
    assert status.startswith(b"HTTP/1.1 408 ")
    assert json.loads(body)["error"] == "slow_body"


@pytest.mark.parametrize(("length", "status"), [(100, b"200"), (101, b"413")])
async def test_a_body_in_chunks_is_whole_and_within_the_limit(
    database: str, length: int, status: bytes
) -> None:
    config = make_config(database, limits=Limits(**PATIENT, body_bytes=100))
    body = b'{"artworkIds":["a","b"]}'.ljust(length)
    pieces = (body[:18], body[18:])
    chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
    async with running(config) as site:
        # One write: the whole body is there when the request is looked at.
        reply, _ = await _speak(site.url, b"".join([_head(None), *chunks, b"0\r\n\r\n"]))
    assert reply.startswith(b"HTTP/1.1 " + status)
    assert rows(database) == ([("ann", "a"), ("ann", "b")] if status == b"200" else [])


async def test_a_declared_length_over_the_limit_is_refused_unread(database: str) -> None:
    config = make_config(database, limits=Limits(**PATIENT, body_bytes=100))
    async with running(config) as site:
        status, body = await _speak(site.url, _head(101))
    assert status.startswith(b"HTTP/1.1 413 ")
    assert json.loads(body)["error"] == "too_large"


async def test_bytes_that_are_not_http_are_refused_in_json(database: str) -> None:
    async with running(make_config(database)) as site:
        status, body = await _speak(site.url, b"\x16\x03\x01 hello\r\n\r\n")
    assert status == b"HTTP/1.0 400 Bad Request"
    assert json.loads(body)["error"] == "bad_http"


@contextlib.contextmanager
def callbacks_timed() -> Iterator[list[tuple[float, str]]]:
    """Collect what each callback of asyncio's own loop costs its thread in CPU seconds."""
    costs: list[tuple[float, str]] = []
    plain = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> Any:
        began_s = time.thread_time()
        try:
            return plain(handle)
        finally:
            costs.append((time.thread_time() - began_s, repr(handle)))

    # The server froze its heap before it listened (serve.py); the tests' own, which is far larger,
    # must not be charged to whichever callback a full collection happens to fall on.
    gc.collect()
    gc.freeze()
    asyncio.Handle._run = timed  # type: ignore[method-assign]
    try:
        yield costs
    finally:
        gc.unfreeze()
        asyncio.Handle._run = plain  # type: ignore[method-assign]


async def test_no_callback_holds_the_loop(database: str) -> None:
    """Neither the largest bodies nor the widest combined write take 50 ms of CPU at once."""
    longest = [f"{n:04}-" + "é" * 250 for n in range(2_000)]
    body = json.dumps({"artworkIds": longest}, ensure_ascii=False).encode()
    assert 900_000 < len(body) <= 1 << 20
    many = [[f"{batch}-{n}" for n in range(200)] for batch in range(40)]
    rounds = []
    async with running(make_config(database)) as site:
        for user in ("ann", "bob", "cid"):
            async with visitor(site.url, user) as somebody:
                await somebody.send(["warm"])
                with callbacks_timed() as costs:
                    largest = await somebody.post(body)
                    answers = await asyncio.gather(*(somebody.send(ids) for ids in many))
            assert largest.body["inserted"] == 2_000
            assert sum(answer.body["inserted"] for answer in answers) == 8_000
            assert len(costs) > 100
            rounds.append(max(costs))
    # The same work three times: a neighbour on the core only ever adds to what it costs.
    worst_s, what = min(rounds)
    assert worst_s < CALLBACK_CPU_S_MAX, what


async def test_the_detector_sees_a_callback_that_holds_the_loop() -> None:
    def hold() -> None:
        until_s = time.thread_time() + CALLBACK_CPU_S_MAX * 1.2
        while time.thread_time() < until_s:
            pass

    with callbacks_timed() as costs:
        done = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.call_soon(hold)
        loop.call_soon(done.set)
        await done.wait()
    assert max(costs)[0] > CALLBACK_CPU_S_MAX
