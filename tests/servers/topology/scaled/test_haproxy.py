"""HAProxy gives requests to what is up, drains a server before it goes, and says why it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from harness.core.wait import wait_until
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from harness.setup import find_part
from harness.witnesses.topology.balancer import Balancer
from servers.ingest.http.impressions import PATH
from servers.topology.scaled.haproxy import HAProxy
from servers.topology.spawning import NotReady

HAPROXY = find_part("haproxy")
pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


class FakeServer:
    """Answers with its name; holds a batch back until it may go on."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.began = asyncio.Event()
        self.port = 0

    async def batch(self, request: web.Request) -> web.Response:
        self.began.set()
        await self.go_on.wait()
        return web.Response(text=self.name)

    async def healthz(self, request: web.Request) -> web.Response:
        return web.Response(text="ok")


@asynccontextmanager
async def listening(server: FakeServer) -> AsyncIterator[FakeServer]:
    app = web.Application()
    app.add_routes([web.post(PATH, server.batch), web.get("/healthz", server.healthz)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()


async def send(session: aiohttp.ClientSession, balancer: HAProxy) -> str:
    async with session.post(f"{balancer.url}{PATH}", data=b"{}") as answer:
        assert answer.status == 200
        return await answer.text()


@pytest.mark.skipif(HAPROXY is None, reason="no HAProxy; `harness setup --only haproxy` brings it")
async def test_a_server_is_drained_without_a_failed_request_and_put_back(tmp_path: Path) -> None:
    assert HAPROXY is not None
    running: dict[str, int] = {}
    with Processes() as processes:
        balancer = HAProxy(HAPROXY, processes, wait_until, tmp_path, running)
        assert balancer.pid == 0
        async with (
            listening(FakeServer("one")) as one,
            listening(FakeServer("other")) as other,
            aiohttp.ClientSession() as session,
        ):
            ports = {"ingest-1": ("127.0.0.1", one.port), "ingest-2": ("127.0.0.1", other.port)}
            balancer.configure(ports)
            await balancer.start()
            assert running == {"haproxy": balancer.pid}
            assert {await send(session, balancer) for _ in range(8)} == {"one", "other"}

            one.began.clear()
            one.go_on.clear()
            waiting = [asyncio.ensure_future(send(session, balancer)) for _ in range(2)]
            await asyncio.wait_for(one.began.wait(), 10)
            balancer.drain("ingest-1")
            drained = asyncio.ensure_future(balancer.until_drained("ingest-1"))
            assert {await send(session, balancer) for _ in range(6)} == {"other"}
            assert not drained.done()
            one.go_on.set()
            await drained
            assert sorted(await asyncio.gather(*waiting)) == ["one", "other"]
            await balancer.readmit("ingest-1")
            assert {await send(session, balancer) for _ in range(8)} == {"one", "other"}

            async with session.get(f"{balancer.url}/healthz") as answer:
                assert answer.status == 200  # goes to the other backend: it is no batch
            seen = Balancer(balancer.socket).look(balancer.pid)
            assert [state.part for state in seen] == ["server-1", "server-2"]
            assert sum(state.batches for state in seen) == 8 + 2 + 6 + 8
            assert sum(state.acknowledged for state in seen) == 24
            with pytest.raises(NotReady, match="knows no server"):
                await balancer.until_drained("ingest-3")
        url = balancer.url
        assert balancer.stop() is not None
        assert (balancer.stop(), running) == (None, {})
        assert tagged_processes(processes.tag) == []
        assert balancer.url == url


@pytest.mark.skipif(HAPROXY is None, reason="no HAProxy; `harness setup --only haproxy` brings it")
async def test_a_server_that_is_gone_gets_nothing_and_no_client_notices(tmp_path: Path) -> None:
    assert HAPROXY is not None
    with Processes() as processes:
        balancer = HAProxy(HAPROXY, processes, wait_until, tmp_path, {})
        async with listening(FakeServer("one")) as one, aiohttp.ClientSession() as session:
            async with listening(FakeServer("other")) as other:
                balancer.configure(
                    {"ingest-1": ("127.0.0.1", one.port), "ingest-2": ("127.0.0.1", other.port)}
                )
                await balancer.start()
            assert {await send(session, balancer) for _ in range(6)} == {"one"}
        balancer.stop()


async def test_one_that_ends_at_once_says_why(tmp_path: Path) -> None:
    fake = tmp_path / "haproxy"
    fake.write_text("#!/bin/sh\necho cannot bind >&2\nexit 1\n")
    fake.chmod(0o755)
    with Processes() as processes:
        balancer = HAProxy(fake, processes, wait_until, tmp_path / "logs", {})
        balancer.configure({"ingest-1": ("127.0.0.1", 1)})
        with pytest.raises(NotReady, match="cannot bind"):
            await balancer.start()
