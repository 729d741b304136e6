"""One device gets access, once; all other requests are refused and reach nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
import pytest_asyncio

from harness.device.desk import COOKIE, Desk, json_answer
from harness.faults.request.gateway import Gateway
from harness.faults.request.messages import Answer, Call
from tests.harness.faults.request.wire import Bench, batch, benched, get, header, post, visiting

pytestmark = pytest.mark.asyncio


async def _here(call: Call) -> Answer:
    return json_answer({"here": call.content["name"]})


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with benched(tmp_path) as bench:
        yield bench


@pytest.fixture
def desk(bench: Bench) -> Desk:
    desk = Desk(bench.gateway, {("POST", "here"): _here, ("GET", "open/"): _opened})
    bench.gateway.hold(desk)
    return desk


async def _opened(call: Call) -> Answer:
    return json_answer({"opened": call.path})


async def test_only_the_first_device_that_opens_the_link_gets_access(
    bench: Bench, desk: Desk
) -> None:
    cookie = await _come(bench.gateway, desk)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    async with visiting(bench.gateway) as another:
        head, body = await another.ask(get(desk.invitation))
        assert head.startswith(b"HTTP/1.1 403")
        assert body.count(b"\n") == 1
        assert b"Set-Cookie" not in head
    async with visiting(bench.gateway) as same:
        head, _ = await same.ask(get(desk.invitation, Cookie=cookie.partition(";")[0]))
        assert head.startswith(b"HTTP/1.1 303")


@pytest.mark.parametrize(
    "request_bytes",
    [
        get("/harness/i/wrong"),
        get("/harness/i/"),
        get("/harness/"),
        get("/display"),
        get("/client/recorder.js", Cookie=f"{COOKIE}=; x=y"),
        get("/display", Cookie=f"{COOKIE}=guessed"),
        get("/harness/", Cookie=f"{COOKIE}=\u00ff; \u753b").replace(b"\xc3\xbf", b"\xff"),
        post("/harness/here", b'{"name": "x"}'),
        batch(),
    ],
)
async def test_a_stranger_gets_one_clear_line_and_reaches_no_target(
    bench: Bench, desk: Desk, request_bytes: bytes
) -> None:
    async with visiting(bench.gateway) as stranger:
        head, body = await stranger.ask(request_bytes)
    assert head.startswith(b"HTTP/1.1 403")
    assert body.count(b"\n") == 1
    assert bench.target.heads == []
    assert not desk.device_came


@pytest.mark.parametrize("path", ["/harness/here", "/api/anything", "/harness/i/wrong"])
async def test_a_stranger_is_refused_before_its_body_is_read(
    bench: Bench, desk: Desk, path: str
) -> None:
    """It announces much and sends nothing: the refusal does not wait for it."""
    async with visiting(bench.gateway) as stranger:
        announced = post(path, b"").replace(b"Content-Length: 0", b"Content-Length: 400000000")
        head, _ = await stranger.ask(announced)
    assert head.startswith(b"HTTP/1.1 403")
    assert (header(head, "Connection") or "").lower() == "close"
    assert bench.target.heads == []


async def test_a_head_request_does_not_use_up_the_link(bench: Bench, desk: Desk) -> None:
    async with visiting(bench.gateway) as visitor:
        head, _ = await visitor.ask(get(desk.invitation, method="HEAD"))
        assert head.startswith(b"HTTP/1.1 403")
    assert await _come(bench.gateway, desk)


async def test_the_device_reaches_the_target_and_the_harness(bench: Bench, desk: Desk) -> None:
    pair = (await _come(bench.gateway, desk)).partition(";")[0]
    async with visiting(bench.gateway) as device:
        head, _ = await device.ask(get("/display", Cookie=f"session=x; {pair}"))
        assert head.startswith(b"HTTP/1.1 200")
        _, body = await device.ask(post("/harness/here", b'{"name": "x"}', Cookie=pair))
        assert body == b'{"here": "x"}'
        _, body = await device.ask(get("/harness/open/1/return", Cookie=pair))
        assert body == b'{"opened": "/harness/open/1/return"}'
        head, _ = await device.ask(post("/harness/here", b"{", Cookie=pair))
        assert head.startswith(b"HTTP/1.1 400")
        head, _ = await device.ask(get("/harness/nothing", Cookie=pair))
        assert head.startswith(b"HTTP/1.1 404")
    assert [head.split()[1] for head in bench.target.heads] == [b"/display"]
    assert pair.encode() not in bench.target.heads[0]
    assert b"session=x" in bench.target.heads[0]


async def test_a_page_of_a_step_that_is_over_stores_nothing(bench: Bench, desk: Desk) -> None:
    pair = (await _come(bench.gateway, desk)).partition(";")[0]
    desk.closed_tabs = {"old"}
    body = b'{"artworkIds": ["a"], "tabId": "%b"}'
    async with visiting(bench.gateway) as device:
        path = "/api/artworks/batch-impressions"
        head, _ = await device.ask(post(path, body % b"old", Cookie=pair))
        assert head.startswith(b"HTTP/1.1 409")
        await device.ask(post(path, body % b"new", Cookie=pair))
    assert bench.target.bodies == [body % b"new"]


async def _come(gateway: Gateway, desk: Desk) -> str:
    async with visiting(gateway) as device:
        head, _ = await device.ask(get(desk.invitation))
    assert head.startswith(b"HTTP/1.1 303")
    assert header(head, "location") == "/harness/"
    cookie = header(head, "set-cookie")
    assert SimpleCookie(cookie)[COOKIE].value
    return str(cookie)
