"""Viewers of a benchmark: they watch until they are asked to end, and count what came."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from benchmarks.dashboard.viewers import ViewersPlan, watch
from harness.core.wait import wait_until
from tests.harness.fake_run import listening

pytestmark = pytest.mark.asyncio


async def feed(request: web.Request) -> web.WebSocketResponse:
    """Greet, and send two frames."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    assert request.headers["Cookie"] == "a=b"
    for frame in (b"greeting", b"1", b"2"):
        await socket.send_bytes(frame)
    async for _ in socket:
        pass
    return socket


async def test_greetings_are_no_frames(tmp_path: Path) -> None:
    app = web.Application()
    app.router.add_get("/admin/impressions/feed", feed)
    stop, ready = asyncio.Event(), tmp_path / "ready.json"
    async with listening(app) as url:
        plan = ViewersPlan(url=url, cookie="a=b", viewers=3)
        watching = asyncio.create_task(watch(plan, ready, stop))
        await wait_until("all watch", ready.exists, timeout_s=10)
        stop.set()
        assert 0 <= await watching <= 6


async def test_a_feed_that_is_refused_is_an_error(tmp_path: Path) -> None:
    async with listening(web.Application()) as url:
        plan = ViewersPlan(url=url, cookie="a=b", viewers=1)
        watching = watch(plan, tmp_path / "ready.json", asyncio.Event())
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with asyncio.timeout(10):
                await watching
