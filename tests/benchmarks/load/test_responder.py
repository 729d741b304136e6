"""The responder answers every request, whole or in pieces, and holds back what comes in a stall."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from benchmarks.load.bodies import even, requests_of, users_of
from benchmarks.load.ground import responder
from benchmarks.load.responder import ANSWER, Responder
from benchmarks.load.tools import Bench, send_bare, send_ours
from harness.process.processes import Processes

REQUEST = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as owner:
        yield owner


async def _answers(pieces: list[bytes], expected: int, stall_s: float = 0.0) -> float:
    """Send pieces to a responder that begins now; return how long its answers took."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    server = await loop.create_server(lambda: Responder(began_s, stall_s, 1000.0), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        answers = await asyncio.wait_for(reader.readexactly(expected * len(ANSWER)), 60)
        assert answers == ANSWER * expected
        return loop.time() - began_s
    finally:
        writer.close()
        server.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "pieces",
    [
        [REQUEST],
        [REQUEST[:20], REQUEST[20:50], REQUEST[50:]],
        [REQUEST * 2 + REQUEST[:9], REQUEST[9:]],
    ],
    ids=["whole", "in pieces", "several at once"],
)
async def test_every_request_is_answered_once(pieces: list[bytes]) -> None:
    await _answers(pieces, sum(map(len, pieces)) // len(REQUEST))


@pytest.mark.asyncio
async def test_what_comes_in_a_stall_is_answered_when_it_is_over() -> None:
    assert await _answers([REQUEST], 1, stall_s=0.3) >= 0.3


def test_an_answer_is_what_every_tool_takes_for_one() -> None:
    head, _, body = ANSWER.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body)["inserted"] == 1


@pytest.mark.stack
@pytest.mark.slow
@pytest.mark.slowest
@pytest.mark.asyncio
async def test_ours_and_bare_locust_send_the_same_bodies(
    processes: Processes, tmp_path: Path
) -> None:
    """Both as real processes; a stall of half a second shows in what counts from the schedule."""
    bench = Bench(processes=processes, directory=tmp_path)
    workload = even(40, 10, 3)
    # As a server's cookies are: in ASCII, whatever the user's name.
    cookies = {user: f"session={quote(user)}" for user in users_of(workload, 1)}
    requests = requests_of(workload, 1, cookies)
    async with responder(bench, stall_s=0.5, period_s=2.5) as url:
        ours = await send_ours(bench, url, workload, 1, cookies)
        bare = await send_bare(bench, url, requests, users=2, seconds=6)
    assert ours.body_bytes == sum(len(one.body) for one in requests)
    assert ours.response.n == len(requests) == 400
    assert ours.response.p95_ms >= 250
    assert ours.cpu_us > 0
    assert bare.timings.n > 200
    assert bare.cpu_us > 0
