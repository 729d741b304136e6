"""Browsers that run elsewhere: joined over CDP, or asked of a WebDriver server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Playwright, async_playwright

from harness.browsers.chromium import Chromium
from harness.browsers.remote import Remote
from harness.browsers.webkitgtk import WebKitGtk
from harness.errors import UsageError
from harness.processes import Processes
from harness.setup import find_chromium, find_minibrowser, find_webkit_driver, find_xvfb
from harness.setup.host import Host

CHROMIUM = find_chromium()
WEBKIT = find_webkit_driver(Host.here()), find_minibrowser(Host.here()), find_xvfb()


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as owner:
        yield owner


@pytest_asyncio.fixture
async def driver() -> AsyncIterator[Playwright]:
    async with async_playwright() as started:
        yield started


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; `harness setup` brings it")
@pytest.mark.asyncio
async def test_a_browser_elsewhere_is_joined_and_not_ended(
    processes: Processes, driver: Playwright, tmp_path: Path
) -> None:
    assert CHROMIUM is not None
    async with Chromium(CHROMIUM, processes, driver, logs=tmp_path) as mine:
        remote = Remote.parse(f"cdp+{mine.endpoint}")
        async with remote.start(driver) as joined:
            page = await joined.open_page(lambda text: None)
            assert await page.evaluate("() => 1 + 1") == 2
            assert joined.facts.kind == "remote"
        assert await mine.context.pages[0].evaluate("() => 1 + 1") == 2


@pytest.mark.browser
@pytest.mark.skipif(None in WEBKIT, reason="no WebKitGTK or Xvfb; `harness setup` brings them")
@pytest.mark.asyncio
async def test_a_webdriver_server_is_asked_for_a_browser(
    processes: Processes, driver: Playwright, tmp_path: Path
) -> None:
    """A grid, as far as WebDriver goes: a server that starts browsers for whoever asks."""
    webdriver, browser, screen = WEBKIT
    assert webdriver is not None
    assert browser is not None
    host = WebKitGtk(webdriver, browser, screen, processes, logs=tmp_path)
    try:
        url = await host.serve()
        async with Remote.parse(f"webdriver+{url}#webkitgtk").start(driver) as remote:
            page = await remote.open_page(lambda text: None)
            assert await page.evaluate("() => 1 + 1") == 2
            facts = remote.facts
    finally:
        await host.__aexit__(None, None, None)
    assert (facts.product, facts.platform, facts.kind) == ("WebKitGTK", "Linux", "remote")


@pytest.mark.parametrize("text", ["cdp+", "ftp+http://x", "http://x", "webdriver+http://x#opera"])
def test_a_remote_browser_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Remote.parse(text)
