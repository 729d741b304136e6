"""Playwright's own patched builds, for machines without a stock engine; local or served.

They keep every page visible and no page in a back/forward cache, so they have fewer capabilities.
"""

from __future__ import annotations

import contextlib
import platform
import shutil
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from playwright.async_api import Browser as Launched
from playwright.async_api import BrowserContext, BrowserType, Playwright
from playwright.async_api import Error as PlaywrightError

from harness.browsers.base import NOTHING_EARLIER, BrowserFacts, Can, OnEvent
from harness.browsers.drivers.driven_context import DrivenContext
from harness.browsers.drivers.playwright_page import PlaywrightPage, bounded
from harness.core.environment import child_environment
from harness.core.errors import HarnessError
from harness.process.processes import Processes

START_TIMEOUT_S = 60.0


class PlaywrightBuild(DrivenContext):
    """One of Playwright's builds; an async context manager."""

    can = frozenset({Can.OFFLINE, Can.TRACE, Can.CLOSE_ASKING})

    def __init__(
        self,
        name: str,
        engine: str,
        processes: Processes,
        driver: Playwright,
        *,
        headed: bool = False,
        device: str = "",
    ) -> None:
        super().__init__()
        self._name = name
        self._engine = engine
        self._owner = processes
        self._driver = driver
        self._headed = headed
        self._device = device
        self._marks = processes.marks()
        self._temporary = processes.temporary()
        self._browser: Launched | None = None

    @property
    def facts(self) -> BrowserFacts:
        product = f"{self._engine.title()} (Playwright's build)"
        return BrowserFacts(
            name=self._name,
            product=f"{product} as {self._device}" if self._device else product,
            version=self._browser.version if self._browser else "",
            platform={"Darwin": "macOS"}.get(platform.system(), platform.system()),
            kind="emulated" if self._device else "playwright",
            user_agent=self._user_agent,
        )

    @property
    def processes(self) -> Mapping[str, int]:
        """Return an empty mapping: its processes are the driver's."""
        return {}

    async def __aenter__(self) -> PlaywrightBuild:
        try:
            await self._start()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def _start(self) -> None:
        device = self._driver.devices.get(self._device, {}) if self._device else {}
        if self._device and not device:
            raise HarnessError(f"Playwright has no device {self._device!r}")
        async with bounded(f"start {self._name}", START_TIMEOUT_S + 5):
            self._browser = await kind_of(self._driver, self._engine).launch(
                headless=not self._headed,
                env={**child_environment(), **self._marks, "TMPDIR": str(self._temporary)},
                timeout=START_TIMEOUT_S * 1000,
            )
            options = {key: value for key, value in device.items() if key != "default_browser_type"}
            context, self._user_agent = await own_context(self._browser, options)
        await self.entered(context, None)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await leave(self._browser)
        self._owner.end_marked(self._marks)
        shutil.rmtree(self._temporary, ignore_errors=True)

    async def open_page(
        self,
        on_event: OnEvent,
        *,
        earlier: str = NOTHING_EARLIER,
        behind: bool = False,
        by_script: bool = False,
    ) -> PlaywrightPage:
        """Open a page; every page is visible."""
        return await page_in_front(self.context, self._name, on_event, behind or by_script)


class ServedBuild(DrivenContext):
    """A browser that a Playwright server (``playwright launch-server``) starts elsewhere.

    Like Playwright's builds it keeps every page visible, so it fills no stock browser's column.
    """

    can = PlaywrightBuild.can

    def __init__(self, name: str, engine: str, url: str, driver: Playwright) -> None:
        super().__init__()
        self._name = name
        self._engine = engine
        self._url = url
        self._driver = driver
        self._browser: Launched | None = None

    @property
    def facts(self) -> BrowserFacts:
        return BrowserFacts(
            name=self._name,
            product=f"{self._engine.title()} (Playwright server)",
            version=self._browser.version if self._browser else "",
            platform="remote",
            kind="playwright",
            user_agent=self._user_agent,
        )

    @property
    def processes(self) -> Mapping[str, int]:
        """Return an empty mapping: it runs on another machine."""
        return {}

    async def __aenter__(self) -> ServedBuild:
        try:
            async with bounded(f"connect to {self._name}", START_TIMEOUT_S + 5):
                self._browser = await kind_of(self._driver, self._engine).connect(
                    self._url, timeout=START_TIMEOUT_S * 1000
                )
                context, self._user_agent = await own_context(self._browser, {})
            await self.entered(context, None)
        except BaseException:
            await leave(self._browser)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await leave(self._browser)

    async def open_page(
        self,
        on_event: OnEvent,
        *,
        earlier: str = NOTHING_EARLIER,
        behind: bool = False,
        by_script: bool = False,
    ) -> PlaywrightPage:
        """Open a page; every page is visible."""
        return await page_in_front(self.context, self._name, on_event, behind or by_script)


def kind_of(driver: Playwright, engine: str) -> BrowserType:
    """Return Playwright's browser type of an engine."""
    kinds = {"chromium": driver.chromium, "firefox": driver.firefox, "webkit": driver.webkit}
    return kinds[engine]


async def own_context(browser: Launched, options: Mapping[str, Any]) -> tuple[BrowserContext, str]:
    """Return a new context with Playwright's ``options``, and the user agent of its pages."""
    context = await browser.new_context(**options)
    page = await context.new_page()
    user_agent = str(await page.evaluate("() => navigator.userAgent"))
    await page.close()
    return context, user_agent


async def page_in_front(
    context: BrowserContext, name: str, on_event: OnEvent, otherwise: bool
) -> PlaywrightPage:
    """Open a page in front. Raises HarnessError when it is requested ``otherwise``."""
    if otherwise:
        raise HarnessError(f"Unsupported: {name} can only open pages in front")
    async with bounded("open a page"):
        driven = await context.new_page()
    page = PlaywrightPage(driven, driven)
    await page.listen(on_event)
    return page


async def leave(browser: Launched | None) -> None:
    """Disconnect from a browser, whether or not it still answers."""
    if browser is not None:
        with contextlib.suppress(PlaywrightError, HarnessError):
            async with bounded("leave the browser", 5):
                await browser.close()
