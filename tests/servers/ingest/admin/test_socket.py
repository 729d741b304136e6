"""The feed's socket: who may open it, what it says, how it ends."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from harness.core.wait import wait_until
from servers.ingest.admin.socket import ROLE_OVER
from servers.ingest.http.app import SERVER
from tests.servers.ingest.admin.admins import dashboard, holder_of
from tests.servers.ingest.site import Site, Visitor, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]
PATH = "/admin/impressions/feed"


def opened(site: Site, who: Visitor, query: str = "", **more: Any) -> Any:
    headers = {"Origin": site.url, **more.pop("headers", {})}
    return who.session.ws_connect(f"{site.url}{PATH}{query}", headers=headers, **more)


async def frame(socket: aiohttp.ClientWebSocketResponse) -> Any:
    message = await asyncio.wait_for(socket.receive(), 30)
    assert message.type is aiohttp.WSMsgType.BINARY, message
    return json.loads(message.data)


async def refusal(site: Site, who: Visitor, query: str = "", **more: Any) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with opened(site, who, query, **more):
            pass
    return caught.value.status


async def test_who_may_not_open_it_is_turned_away_before_the_upgrade(database: str) -> None:
    async with (
        dashboard(database) as (site, boss),
        visitor(site.url) as ann,
        visitor(site.url, None) as outsider,
        holder_of(site.app, site.url, "old", role="admin", at_s=1_600_000_000) as old,
    ):
        assert await refusal(site, ann) == 403
        assert await refusal(site, ann, "?role=admin", headers={"X-Role": "admin"}) == 403
        assert await refusal(site, outsider) == 401
        assert await refusal(site, old) == 401
        assert await refusal(site, boss, headers={"Origin": "https://elsewhere"}) == 403
        assert await refusal(site, boss, "?after=x") == 400
        async with opened(site, boss) as socket:
            assert (await frame(socket))["lines"] == []


async def test_batches_arrive_with_their_sizes_and_latencies_and_go_on_after_a_cut(
    database: str,
) -> None:
    async with dashboard(database) as (site, boss), visitor(site.url) as ann:
        async with opened(site, boss) as socket:
            begin = await frame(socket)
            await ann.send(["artwork-0001", "artwork-0002"])
            got = await frame(socket)
        (line,) = got["lines"]
        assert (line["user"], line["received"], line["inserted"]) == ("ann", 2, 2)
        assert line["latencyMs"] > 0
        await ann.send(["artwork-0003"])
        query = f"?after={got['seq']}&lifetime={begin['lifetime']}"
        async with opened(site, boss, query) as socket:
            assert (await frame(socket))["seq"] == got["seq"]
            (line,) = (await frame(socket))["lines"]
        assert line["artworks"] == ["artwork-0003"]


async def test_a_viewer_that_never_reads_holds_up_no_batch(database: str) -> None:
    async with dashboard(database) as (site, boss), visitor(site.url) as ann:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", int(site.url.rpartition(":")[2])
        )
        cookies = "; ".join(f"{one.key}={one.value}" for one in boss.session.cookie_jar)
        writer.write(
            f"GET {PATH} HTTP/1.1\r\nHost: {site.url[7:]}\r\nOrigin: {site.url}\r\n"
            f"Cookie: {cookies}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "\r\n".encode()
        )
        assert b" 101 " in await reader.readline()
        for number in range(200):
            answer = await ann.send([f"{number}-{one}" for one in range(50)])
            assert answer.status == 200
        feed = site.app[SERVER].feed
        assert feed is not None
        assert feed.viewers == 1
        writer.close()

        def gone() -> bool:
            return feed.viewers == 0

        await wait_until("the viewer is gone", gone, timeout_s=30)


async def test_it_ends_with_the_role(database: str) -> None:
    async with dashboard(database, admin_s=2.0) as (site, boss), opened(site, boss) as socket:
        await frame(socket)
        message = await asyncio.wait_for(socket.receive(), 30)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, ROLE_OVER)


async def test_it_ends_when_the_server_stops(database: str) -> None:
    async with dashboard(database) as (site, boss), opened(site, boss) as socket:
        await frame(socket)
        await site.app[SERVER].drain()
        message = await asyncio.wait_for(socket.receive(), 30)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1001)
