"""What all browsers driven by Playwright share: cookies, network, console, trace, pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import urljoin

from playwright.async_api import BrowserContext, ConsoleMessage, WebError
from playwright.async_api import Page as Driven

from harness.browsers.drivers.network_log import NetworkLog
from harness.browsers.drivers.playwright_page import bounded
from harness.core.errors import HarnessError

MOST_LINES = 2_000
"""The number of console lines that are kept: an endless console must not fill the memory."""

T = TypeVar("T")


class DrivenContext:
    """A mixin over one browser context, which ``entered`` sets once the browser has started.

    ``home`` is a page that is never closed (a browser may exit with its last one), or None.
    """

    def __init__(self) -> None:
        self._driven: BrowserContext | None = None
        self._home: Driven | None = None
        self._offline = False
        self._lines: list[str] = []
        self._network = NetworkLog()
        self._user_agent = ""

    @property
    def context(self) -> BrowserContext:
        """Return the browser's context. Raises HarnessError before the start."""
        return started(self._driven)

    async def entered(self, context: BrowserContext, home: Driven | None) -> None:
        """Set the context and listen to the consoles of its pages, future ones included."""
        self._driven, self._home = context, home
        context.on("console", self._on_message)
        context.on("weberror", self._on_error)
        self._network.listen(context)
        if home is not None:
            async with bounded("read the user agent"):
                self._user_agent = str(await home.evaluate("() => navigator.userAgent"))

    async def set_cookies(self, url: str, cookies: Mapping[str, str]) -> None:
        """Set cookies, or clear them all."""
        async with bounded("set cookies"):
            if not cookies:
                await self.context.clear_cookies()
                return
            origin = urljoin(url, "/")  # otherwise the cookies would be bound to a path
            await self.context.add_cookies(
                [{"name": name, "value": value, "url": origin} for name, value in cookies.items()]
            )

    async def set_offline(self, offline: bool) -> None:
        """Switch every page offline or online."""
        async with bounded("go offline"):
            await self.context.set_offline(offline)
        self._offline = offline

    async def console(self) -> list[str]:
        """Return the console messages of the pages, oldest first."""
        return self._lines

    async def requests(self) -> list[dict[str, Any]]:
        """Return the requests of the pages that have ended, as entries of a HAR."""
        return self._network.entries()

    async def start_trace(self) -> None:
        """Start a trace. Without snapshots: they inject scripts into the pages under test."""
        async with bounded("start a trace"):
            await self.context.tracing.start(screenshots=False, snapshots=False)

    async def stop_trace(self, path: str | None) -> None:
        """Write the trace to ``path``, or discard it."""
        async with bounded("stop a trace"):
            await self.context.tracing.stop(path=path)

    async def forget(self) -> None:
        """Close every page but the home and delete all cookies. Raises BrowserLost if it died."""
        if self._offline:
            await self.set_offline(False)
        async with bounded("close all pages"):
            for page in self.context.pages:
                if page is not self._home:
                    await page.close()
            await self.context.clear_cookies()
            if self._home is not None:
                await self._home.evaluate("() => 1")
        self._lines.clear()
        self._network.clear()

    def _on_message(self, message: ConsoleMessage) -> None:
        self._keep(f"{message.type}: {message.text}")

    def _on_error(self, error: WebError) -> None:
        self._keep(f"uncaught: {error.error}")

    def _keep(self, line: str) -> None:
        if len(self._lines) < MOST_LINES:
            self._lines.append(line)


def started(part: T | None) -> T:
    """Return a part of a started browser. Raises HarnessError when it is None."""
    if part is None:
        raise HarnessError("the browser was not started")
    return part
