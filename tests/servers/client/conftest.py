"""One browser and one connection to it for the whole session, a target for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.servers.client.chromium import EXECUTABLE, Chromium
from tests.servers.client.display import Display
from tests.servers.client.double import Target


class OpenDisplay(Protocol):
    """Opens the display page of this test's target in a new tab."""

    async def __call__(self, **options: object) -> Display: ...


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    if not EXECUTABLE.exists():
        pytest.skip(f"{EXECUTABLE} is missing: apt-get install chromium")
    browser = Chromium(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.kill()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def connection(chromium: Chromium) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(chromium.endpoint, no_defaults=True)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(connection: Browser) -> AsyncIterator[BrowserContext]:
    """The browser's default context: the only one with real visibility."""
    context = connection.contexts[0]
    before = set(context.pages)
    yield context
    for page in set(context.pages) - before:
        await page.close()


@pytest_asyncio.fixture(loop_scope="session")
async def target() -> AsyncIterator[Target]:
    """A fresh origin for every test, and with it an empty IndexedDB."""
    async with Target() as target:
        yield target


@pytest.fixture
def open_display(context: BrowserContext, target: Target) -> OpenDisplay:
    return partial(Display.open, context, target)
