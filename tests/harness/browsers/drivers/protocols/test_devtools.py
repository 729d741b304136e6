"""Every tab has its document before Playwright connects; against a fake browser."""

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


class FakeBrowser:
    """A browser's CDP socket; each tab's frame reports its URLs in turn, the last one forever."""

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
                urls = self.tabs[call["sessionId"]][1]
                url = urls.pop(0) if len(urls) > 1 else urls[0]
                return None if url is SILENT else {"frameTree": {"frame": {"url": url}}}
        raise AssertionError(call)


@pytest_asyncio.fixture
async def fake_browser() -> AsyncIterator[FakeBrowser]:
    browser = FakeBrowser()
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
async def test_each_tab_is_activated_once_and_waited_for(fake_browser: FakeBrowser) -> None:
    fake_browser.tabs = {
        "ready": ("http://site/1", ["http://site/1"]),
        "empty": ("http://site/2", ["", ":", "http://site/2"]),
        "silent": ("http://site/3", [SILENT, "http://site/3"]),
        "blank": ("about:blank", ["", "about:blank"]),
    }
    assert await put_in_front(fake_browser.socket, timeout_s=60) == 3
    assert fake_browser.activated == ["ready", "empty", "silent", "blank"]
    assert fake_browser.attached == 0
    assert [urls for _, (_, urls) in fake_browser.tabs.items()] == [
        ["http://site/1"],
        ["http://site/2"],
        ["http://site/3"],
        ["about:blank"],
    ]


@pytest.mark.asyncio
async def test_a_tab_that_closes_is_not_waited_for(fake_browser: FakeBrowser) -> None:
    fake_browser.tabs = {
        "going": ("http://site/1", ["http://site/1"]),
        "ready": ("http://site/2", ["http://site/2"]),
    }
    fake_browser.going = "going"
    assert await put_in_front(fake_browser.socket, timeout_s=30) == 1
    assert fake_browser.activated == ["ready"]
    assert fake_browser.attached == 0


@pytest.mark.parametrize("never", ["", ":", SILENT])
@pytest.mark.asyncio
async def test_a_tab_without_a_document_times_out(fake_browser: FakeBrowser, never: object) -> None:
    fake_browser.tabs = {
        "ready": ("http://site/1", ["http://site/1"]),
        "never": ("http://site/2", [never]),
    }
    with pytest.raises(WaitTimeout, match="every tab of the browser has a document"):
        await put_in_front(fake_browser.socket, timeout_s=0.2)
    assert fake_browser.attached == 0


@pytest.mark.asyncio
async def test_a_browser_without_a_tab_times_out(fake_browser: FakeBrowser) -> None:
    with pytest.raises(WaitTimeout, match="has a document"):
        await put_in_front(fake_browser.socket, timeout_s=0.1)


@pytest.mark.asyncio
async def test_a_refused_call_raises_with_the_browsers_message(fake_browser: FakeBrowser) -> None:
    fake_browser.refused = "Target.getTargets"
    with pytest.raises(TargetNotReady, match=r"could not call Target\.getTargets: refused"):
        await put_in_front(fake_browser.socket, timeout_s=1)


@pytest.mark.asyncio
async def test_a_browser_that_is_gone_raises_browser_lost(fake_browser: FakeBrowser) -> None:
    with pytest.raises(BrowserLost, match="does not take a session"):
        await put_in_front(fake_browser.socket.replace("devtools", "elsewhere"), timeout_s=1)
