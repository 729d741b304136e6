"""Playwright's own patched Firefox and WebKit: where no stock engine can be had.

They keep every page visible and no page in a back/forward cache, so they can do less.
"""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Mapping
from types import TracebackType

from playwright.async_api import Browser as Launched
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Playwright

from harness.browsers.base import BrowserFacts, Can, Heard
from harness.browsers.driven_context import DrivenContext
from harness.browsers.playwright_page import PlaywrightPage, bounded
from harness.errors import HarnessError
from harness.processes import Processes

START_TIMEOUT_S = 30.0


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
        self._browser: Launched | None = None

    @property
    def facts(self) -> BrowserFacts:
        """Return what this is."""
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
        """Return nothing: its processes are the driver's."""
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
            raise HarnessError(f"Playwright knows no device {self._device!r}")
        kind = {"firefox": self._driver.firefox, "webkit": self._driver.webkit}[self._engine]
        async with bounded(f"start {self._name}", START_TIMEOUT_S + 5):
            self._browser = await kind.launch(
                headless=not self._headed,
                env={**os.environ, **self._marks},
                timeout=START_TIMEOUT_S * 1000,
            )
            wishes = {key: value for key, value in device.items() if key != "default_browser_type"}
            context = await self._browser.new_context(**wishes)
            page = await context.new_page()
            self._user_agent = str(await page.evaluate("() => navigator.userAgent"))
            await page.close()
        await self.entered(context, None)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._browser is not None:
            with contextlib.suppress(PlaywrightError, HarnessError):
                async with bounded("leave the browser", 5):
                    await self._browser.close()
        self._owner.end_marked(self._marks)

    async def open_page(
        self, heard: Heard, *, behind: bool = False, by_script: bool = False
    ) -> PlaywrightPage:
        """Open a page; every page is visible."""
        if behind or by_script:
            raise HarnessError(f"{self._name} opens pages in front only")
        async with bounded("open a page"):
            driven = await self.context.new_page()
        page = PlaywrightPage(driven, driven)
        await page.listen(heard)
        return page
