"""How connections end: by a client that asks no more, and by a server that stops."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from servers.ingest.config import Limits
from servers.ingest.http import protocol
from servers.ingest.http.session import COOKIE, Signer
from tests.servers.ingest.site import BATCHES, PATIENT, make_config, read_receipts, running
from tests.servers.ingest.stores import MemoryStore

pytestmark = pytest.mark.asyncio

SIGNED = f"{COOKIE}={Signer(b'test').sign('ann')}"
PLAIN = "Content-Type: application/json"
LONG = f"{PLAIN}; charset=utf-8"
"""With this type a batch goes to aiohttp."""


def request(body: bytes, kind: str, *, length: int | None = None) -> bytes:
    lines = [f"POST {BATCHES} HTTP/1.1", "Host: 127.0.0.1", kind, f"Cookie: {SIGNED}"]
    lines += [f"Content-Length: {len(body) if length is None else length}", "", ""]
    return "\r\n".join(lines).encode() + body


async def connected(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    return await asyncio.open_connection(parts.hostname, parts.port)


async def half_closed(url: str, *sent: bytes) -> bytes:
    """Send bytes, close that direction, and return all that comes back."""
    reader, writer = await connected(url)
    for part in sent:
        writer.write(part)
        await writer.drain()
    writer.write_eof()
    async with asyncio.timeout(30):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("kind", [PLAIN, LONG])
async def test_a_client_that_asks_no_more_gets_its_answer(kind: str) -> None:
    batch = request(b'{"artworkIds":["a"]}', kind)
    async with running(make_config(""), store_type=MemoryStore) as site:
        answer = await half_closed(site.url, batch)
        two = await half_closed(site.url, batch, batch)
        health = await half_closed(site.url, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        nothing = await half_closed(site.url)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert two.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert health.startswith(b"HTTP/1.1 200 OK\r\n")
    assert nothing == b""


@pytest.mark.parametrize("kind", [PLAIN, LONG])
async def test_half_a_body_that_ends_there_is_refused_at_once(kind: str) -> None:
    config = make_config("", limits=Limits(**{**PATIENT, "body_s": 600.0}))
    async with running(config, store_type=MemoryStore) as site:
        answer = await half_closed(site.url, request(b'{"artworkIds":', kind, length=100))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"] == "broken_body"


async def test_a_stop_closes_idle_connections_at_once_and_drops_who_does_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some are idle on either way, some have asked for much more than they read."""
    monkeypatch.setattr(protocol, "STOP_S", 300.0)  # what a stop that waits for them would take
    receipts = tmp_path / "server.ndjson"
    config = make_config("", receipts)
    async with running(config, store_type=MemoryStore) as site:
        idle = [await connected(site.url) for _ in range(40)]
        for number, (reader, writer) in enumerate(idle):
            writer.write(request(b'{"artworkIds":["a"]}', PLAIN if number % 2 else LONG))
            async with asyncio.timeout(30):
                await reader.readuntil(b"\r\n\r\n")
        port = urlsplit(site.url).port
        mute = []
        for _ in range(5):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await asyncio.to_thread(one.connect, ("127.0.0.1", port))
            one.setblocking(False)
            mute.append(one)
            asks = b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 2000
            with_room = asyncio.get_running_loop().sock_sendall(one, asks)
            with contextlib.suppress(TimeoutError):  # it reads no more while no answer is read
                await asyncio.wait_for(with_room, 1.0)
        began_s = time.monotonic()
    took_s = time.monotonic() - began_s
    for one in mute:
        one.close()
    for _, writer in idle:
        writer.close()
    assert took_s < 60.0
    assert len(read_receipts(receipts)) == 40
