"""Every tab has its document before Playwright joins; against a browser that is played."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from harness.browsers.base import BrowserLost
from harness.browsers.drivers.protocols.devtools import put_in_front
from harness.core.errors import TargetNotReady, WaitTimeout

SILENT = object()
"""A tab that answers no call: it has no renderer yet."""


class Played:
    """A browser's CDP socket; each tab's frame tells its addresses in turn, the last for ever."""

    def __init__(self) -> None:
        self.socket = ""
        self.tabs: dict[str, tuple[str, list[object]]] = {}
        self.activated: list[str] = []
        self.attached = 0
        self.refused = ""
        self.going = ""

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            call = message.json()
            if call["method"] == self.refused:
                await socket.send_json({"id": call["id"], "error": {"message": "refused"}})
            elif self.going and self.going == call["params"].get("targetId"):
                self.tabs.pop(self.going, None)
                await socket.send_json({"id": call["id"], "error": {"message": "No target"}})
            elif (result := self.answer(call)) is not None:
                await socket.send_json({"method": "Target.targetInfoChanged", "params": {}})
                await socket.send_json({"id": call["id"], "result": result})
        return socket

    def answer(self, call: Mapping[str, Any]) -> dict[str, Any] | None:
        match call["method"]:
            case "Target.getTargets":
                infos = [
                    {"targetId": name, "type": "page", "url": url}
                    for name, (url, _) in self.tabs.items()
                ]
                bar = {"targetId": "bar", "type": "browser_ui", "url": "chrome://omnibox"}
                return {"targetInfos": [*infos, bar]}
            case "Target.activateTarget":
                self.activated.append(call["params"]["targetId"])
                return {}
            case "Target.attachToTarget":
                self.attached += 1
                return {"sessionId": call["params"]["targetId"]}
            case "Target.detachFromTarget":
                self.attached -= 1
                return {}
            case "Page.getFrameTree":
                told = self.tabs[call["sessionId"]][1]
                now = told.pop(0) if len(told) > 1 else told[0]
                return None if now is SILENT else {"frameTree": {"frame": {"url": now}}}
        raise AssertionError(call)


@pytest_asyncio.fixture
async def played() -> AsyncIterator[Played]:
    browser = Played()
    app = web.Application()
    app.add_routes([web.get("/devtools/browser/1", browser.serve)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    browser.socket = f"ws://{host}:{port}/devtools/browser/1"
    yield browser
    await runner.cleanup()


@pytest.mark.asyncio
async def test_each_tab_is_shown_once_and_waited_for(played: Played) -> None:
    played.tabs = {
        "ready": ("http://site/1", ["http://site/1"]),
        "empty": ("http://site/2", ["", ":", "http://site/2"]),
        "silent": ("http://site/3", [SILENT, "http://site/3"]),
        "blank": ("about:blank", ["", "about:blank"]),
    }
    assert await put_in_front(played.socket, timeout_s=60) == 3
    assert played.activated == ["ready", "empty", "silent", "blank"]
    assert played.attached == 0
    assert [told for _, (_, told) in played.tabs.items()] == [
        ["http://site/1"],
        ["http://site/2"],
        ["http://site/3"],
        ["about:blank"],
    ]


@pytest.mark.asyncio
async def test_a_tab_that_goes_away_is_not_waited_for(played: Played) -> None:
    played.tabs = {
        "going": ("http://site/1", ["http://site/1"]),
        "ready": ("http://site/2", ["http://site/2"]),
    }
    played.going = "going"
    assert await put_in_front(played.socket, timeout_s=30) == 1
    assert played.activated == ["ready"]
    assert played.attached == 0


@pytest.mark.parametrize("never", ["", ":", SILENT])
@pytest.mark.asyncio
async def test_a_tab_that_gets_no_document_is_an_error(played: Played, never: object) -> None:
    played.tabs = {
        "ready": ("http://site/1", ["http://site/1"]),
        "never": ("http://site/2", [never]),
    }
    with pytest.raises(WaitTimeout, match="every tab of the browser has a document"):
        await put_in_front(played.socket, timeout_s=0.2)
    assert played.attached == 0


@pytest.mark.asyncio
async def test_a_browser_without_a_tab_is_not_there_yet(played: Played) -> None:
    with pytest.raises(WaitTimeout, match="has a document"):
        await put_in_front(played.socket, timeout_s=0.1)


@pytest.mark.asyncio
async def test_a_refused_call_is_told_in_the_browsers_words(played: Played) -> None:
    played.refused = "Target.getTargets"
    with pytest.raises(TargetNotReady, match=r"could not call Target\.getTargets: refused"):
        await put_in_front(played.socket, timeout_s=1)


@pytest.mark.asyncio
async def test_a_browser_that_is_gone_is_lost(played: Played) -> None:
    with pytest.raises(BrowserLost, match="does not take a session"):
        await put_in_front(played.socket.replace("devtools", "elsewhere"), timeout_s=1)
