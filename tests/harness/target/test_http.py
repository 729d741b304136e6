"""A dialect's requests over aiohttp: what comes back, and what does not."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from harness.core.errors import HarnessError
from harness.target.dialect import HttpRequest
from harness.target.http import batches_in_flight, client, send
from harness.target.reference.dialect import ReferenceDialect
from tests.harness.certified import certified, serving_tls

pytestmark = pytest.mark.asyncio
DIALECT = ReferenceDialect()


async def echo(request: web.Request) -> web.Response:
    answer = web.Response(status=207, body=await request.read())
    answer.headers.extend([("X-Method", request.method), ("Set-Cookie", "a=1")])
    answer.headers.add("Set-Cookie", "b=2")
    return answer


async def elsewhere(request: web.Request) -> web.Response:
    raise web.HTTPFound("/echo")


async def ready(request: web.Request) -> web.Response:
    return web.json_response({"ready": False, "in_flight": 3}, status=503)


@pytest_asyncio.fixture
async def url() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/echo", echo)
    app.router.add_get("/elsewhere", elsewhere)
    app.router.add_get(DIALECT.readiness_path, ready)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()


@pytest.fixture
def deserted() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


async def test_a_reply_has_status_body_and_every_field(url: str) -> None:
    request = HttpRequest(method="PUT", path="/echo", body=b"x")
    async with aiohttp.ClientSession() as session:
        reply = await send(session, url, request)
    assert (reply.status, reply.body, reply.error) == (207, b"x", None)
    assert reply.header("x-method") == "PUT"
    assert reply.headers("Set-Cookie") == ["a=1", "b=2"]


async def test_a_redirect_is_a_reply_like_any_other(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        reply = await send(session, url, HttpRequest(method="GET", path="/elsewhere"))
    assert (reply.status, reply.header("Location")) == (302, "/echo")


async def test_no_reply_has_a_reason(deserted: str) -> None:
    async with aiohttp.ClientSession() as session:
        reply = await send(session, deserted, HttpRequest(method="GET", path="/"))
    assert reply.status == 0
    assert reply.error


async def test_the_probe_of_a_server_that_is_not_ready_counts_too(url: str) -> None:
    assert await batches_in_flight(DIALECT, url) == 3


async def test_a_probe_that_does_not_answer_is_one_line(deserted: str) -> None:
    with pytest.raises(HarnessError, match="/readyz does not tell what is in flight: "):
        await batches_in_flight(DIALECT, deserted)


async def test_a_private_authority_is_trusted_where_it_is_named_and_only_there(
    tmp_path: Path,
) -> None:
    made = certified(tmp_path)
    request = HttpRequest(method="PUT", path="/echo", body=b"x")
    async with serving_tls(made.server, web.put("/echo", echo)) as url:
        async with client(str(made.authority)) as session:
            assert (await send(session, url, request)).status == 207
        async with client("") as session:
            refused = await send(session, url, request)
    assert refused.status == 0
    assert "certificate" in refused.error.lower()
