"""Browsers that run elsewhere: over CDP, on a Playwright server or on a WebDriver server."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Playwright, async_playwright

from harness.browsers.catalogue import entry_of
from harness.browsers.drivers.chromium import Chromium
from harness.browsers.drivers.remote import (
    ADDRESSES_VARIABLE,
    Remote,
    announce,
    shown_address,
    without_login,
)
from harness.browsers.drivers.webkitgtk import WebKitGtk
from harness.core.errors import UsageError
from harness.core.wait import wait_until
from harness.process.processes import Processes
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
async def test_leaving_a_remote_chromium_does_not_end_it(
    processes: Processes, driver: Playwright, tmp_path: Path
) -> None:
    assert CHROMIUM is not None
    async with Chromium(CHROMIUM, processes, driver, logs=tmp_path) as mine:
        address = f"cdp+{mine.endpoint}"
        remote = Remote.parse(address)
        async with remote.start(driver) as joined:
            page = await joined.open_page(lambda text: None)
            assert await page.evaluate("() => 1 + 1") == 2
            facts = joined.facts
        assert await mine.context.pages[0].evaluate("() => 1 + 1") == 2
        assert mine.context.pages[0].url == "about:blank"
    # Not Google Chrome, as its user agent claims: it would fill that column.
    assert (facts.product, facts.platform, facts.kind) == ("Chromium", "Linux", "remote")
    assert facts.name == address
    assert facts.version.partition(".")[0].isdigit()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; `harness setup` brings it")
@pytest.mark.asyncio
async def test_a_playwright_server_provides_a_browser(
    processes: Processes, driver: Playwright, tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"executablePath": str(CHROMIUM), "chromiumSandbox": False}))
    argv = [sys.executable, "-m", "playwright", "launch-server", "--browser", "chromium"]
    log = tmp_path / "log"
    server = processes.spawn("playwright", [*argv, "--config", str(config)], log=log)

    def addresses() -> list[str]:
        return re.findall(r"(ws://\S+)\n", log.read_text())  # the whole line

    await wait_until("it prints its address", addresses, timeout_s=60)
    assert server.exit_code is None
    [address] = addresses()
    heard: list[str] = []
    async with Remote.parse(f"playwright+{address}#chromium").start(driver) as remote:
        page = await remote.open_page(heard.append)
        await page.evaluate("() => window.impressionWitness('hello')")
        facts = remote.facts
    assert heard == ["hello"]
    assert (facts.product, facts.kind) == ("Chromium (Playwright server)", "playwright")
    assert server.exit_code is None


@pytest.mark.browser
@pytest.mark.skipif(None in WEBKIT, reason="no WebKitGTK or Xvfb; `harness setup` brings them")
@pytest.mark.asyncio
async def test_a_webdriver_server_provides_a_browser(
    processes: Processes, driver: Playwright, tmp_path: Path
) -> None:
    """To WebDriver it is a grid: a server that starts browsers for its clients."""
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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cdp+wss://grid/path?token=hunter2", "cdp+wss://grid/***?***"),
        ("cdp+wss://grid/hunter2", "cdp+wss://grid/***"),
        (
            "playwright+wss://grid/hunter2/playwright#webkit",
            "playwright+wss://grid/***/playwright#webkit",
        ),
        ("cdp+ws://grid:1/devtools/browser/hunter2/", "cdp+ws://grid:1/devtools/browser/***/"),
        ("webdriver+http://grid:1/wd/hub/#edge", "webdriver+http://grid:1/wd/hub/#edge"),
        ("playwright+ws://grid:1/#firefox", "playwright+ws://grid:1/#firefox"),
        ("webdriver+http://hunter2@grid/wd/hub#safari", "webdriver+http://***@grid/wd/hub#safari"),
        ("webdriver+http://qa:p@hunter2@grid:1#edge", "webdriver+http://***@grid:1#edge"),
        ("cdp+http://qa:a/hunter2@grid:1/x", "cdp+http://***@grid:1"),
        ("chromium", "chromium"),
    ],
)
def test_of_an_address_neither_login_nor_query_nor_token_is_shown(text: str, shown: str) -> None:
    assert shown_address(text) == shown


def test_a_library_s_error_loses_login_query_and_token_however_they_are_escaped() -> None:
    address = "cdp+ws://qa:a%20word@grid:1/hub/to%3Aken?token=t%2Fk"
    text = "no ws://qa:a%20word@grid:1/hub/to%3Aken?token=t%2Fk (t/k, a word, to:ken) at grid:1"
    shown = "no ws://***:***@grid:1/hub/***?*** (***, ***, ***) at grid:1"
    assert without_login(text, address) == shown


@pytest.mark.parametrize(
    "text",
    [
        "cdp+",
        "cdp+http://x#firefox",
        "cdp+http://x:port",
        "ftp+http://x",
        "http://x",
        "playwright+ws://x",
        "playwright+ws://x#opera",
        "webdriver+http://x#opera",
    ],
)
def test_a_malformed_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Remote.parse(text)


def test_a_password_appears_in_no_name_and_no_message() -> None:
    remote = Remote.parse("webdriver+http://qa:hunter2@grid:4444/wd/hub#safari")
    assert "hunter2" in remote.url
    assert remote.name == "webdriver+http://***@grid:4444/wd/hub#safari"
    with pytest.raises(UsageError) as refused:
        Remote.parse("webdriver+http://qa:hunter2@grid:4444/wd/hub#opera")
    assert "hunter2" not in refused.value.line


def test_child_processes_know_the_announced_browsers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESSES_VARIABLE, "")
    announce({"old-mac": "webdriver+http://qa:hunter2@mac:4444#safari"})
    entry = entry_of("old-mac")
    assert (entry.name, entry.remote, entry.parts) == ("old-mac", True, ())
    script = "from harness.browsers.catalogue import entry_of; print(entry_of('old-mac').remote)"
    argv = [sys.executable, "-c", script]
    child = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert child.stdout.strip() == "True"
