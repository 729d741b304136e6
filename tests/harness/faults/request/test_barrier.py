"""A barrier holds the first batch of each tab, and lets all go together, in two halves."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from harness.core.wait import wait_until
from harness.faults.base import held
from harness.faults.request.barrier import Barrier
from harness.target.reference.dialect import BATCH_PATH
from tests.harness.faults.request.wire import Bench, benched, get, post, visiting

pytestmark = pytest.mark.asyncio


def batch_of(tab: str | None, number: int = 1) -> bytes:
    body = {"artworkIds": ["a"], "batchId": f"{tab}-{number}", "attempt": 1, "transport": "fetch"}
    return post(BATCH_PATH, json.dumps(body | ({"tabId": tab} if tab else {})).encode())


async def test_the_first_batches_of_all_tabs_go_on_together(tmp_path: Path) -> None:
    async with benched(tmp_path) as bench:
        barrier = Barrier(bench.gateway, 3)
        async with held(barrier, bench.network):
            visits = [asyncio.create_task(_visit(bench, f"t{n}")) for n in range(3)]
            assert await barrier.gathered(timeout_s=60)
            assert bench.target.stored == 0
            barrier.release()
            answers = await asyncio.gather(*visits)
        assert [head.split()[1] for head in answers] == [b"200"] * 3
        rows = bench.rows("released")
        assert {row["detail"]["tab"] for row in rows} == {"t0", "t1", "t2"}
        assert {row["detail"]["parties"] for row in rows} == {3}
        assert len({row["mono_ns"] for row in rows}) == 1
        assert {row["detail"]["batch"] for row in rows} == {"t0-1", "t1-1", "t2-1"}
        assert len(bench.rows("changed")) == 3
        assert bench.kinds().count("sentinel_bitten") == 1
        assert sorted(json.loads(body)["tabId"] for body in bench.target.bodies) == [
            "t0",
            "t1",
            "t2",
        ]


async def _visit(bench: Bench, tab: str) -> bytes:
    async with visiting(bench.gateway) as visitor:
        return (await visitor.ask(batch_of(tab)))[0]


async def _until_held(barrier: Barrier, count: int) -> None:
    await wait_until("they are held", lambda: barrier.acts >= count, timeout_s=60)


async def test_a_second_batch_of_a_tab_and_what_names_no_tab_pass(tmp_path: Path) -> None:
    async with benched(tmp_path) as bench:
        barrier = Barrier(bench.gateway, 2)
        async with held(barrier, bench.network):
            first = asyncio.create_task(_visit(bench, "t0"))
            await _until_held(barrier, 1)
            async with visiting(bench.gateway) as visitor:
                await visitor.ask(batch_of("t0", 2))
                await visitor.ask(batch_of(None))
                await visitor.ask(get("/display"))
            assert bench.target.stored == 2
            assert not await barrier.gathered(timeout_s=0.1)
            barrier.release()
            await first
        assert bench.target.stored == 3


async def test_once_released_it_holds_no_more(tmp_path: Path) -> None:
    async with benched(tmp_path) as bench:
        barrier = Barrier(bench.gateway, 1)
        async with held(barrier, bench.network):
            barrier.release()
            barrier.release()
            await _visit(bench, "t0")
        assert bench.rows("released") == []
        assert bench.kinds().count("sentinel_unharmed") == 1


async def test_healing_releases(tmp_path: Path) -> None:
    async with benched(tmp_path) as bench:
        barrier = Barrier(bench.gateway, 2)
        async with held(barrier, bench.network):
            visit = asyncio.create_task(_visit(bench, "t0"))
            await _until_held(barrier, 1)
        assert (await visit).split()[1] == b"200"
        assert [row["detail"]["tab"] for row in bench.rows("released")] == ["t0"]


async def test_the_target_has_every_head_before_any_whole_body(tmp_path: Path) -> None:
    seen: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        seen.append("head")
        await reader.readexactly(length)
        seen.append("body")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, benched(tmp_path) as bench:
        port = server.sockets[0].getsockname()[1]
        bench.gateway.lead_to(f"http://127.0.0.1:{port}", bench.network)
        barrier = Barrier(bench.gateway, 2)
        async with held(barrier, bench.network):
            visits = [asyncio.create_task(_visit(bench, f"t{n}")) for n in range(2)]
            await barrier.gathered(timeout_s=60)
            barrier.release()
            await asyncio.gather(*visits)
    assert seen == ["head", "head", "body", "body"]
