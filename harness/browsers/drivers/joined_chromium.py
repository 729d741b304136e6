"""A running Chromium, connected to over CDP on its default context.

Its tabs have real visibility there, because none of Playwright's defaults is applied.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from types import TracebackType

from playwright.async_api import Browser as Joined
from playwright.async_api import CDPSession, Playwright
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page as Driven

from harness.browsers.base import NOTHING_EARLIER, BrowserFacts, Can, OnEvent
from harness.browsers.drivers.driven_context import DrivenContext, started
from harness.browsers.drivers.playwright_page import PlaywrightPage, bounded, new_page, translated
from harness.browsers.drivers.protocols.devtools import has_site
from harness.core.errors import HarnessError, TargetNotReady

JOIN_TIMEOUT_S = 60.0

CAN = frozenset(
    {
        Can.HIDE,
        Can.DOUBLE_CLICK,
        Can.SWITCH_TABS,
        Can.OFFLINE,
        Can.FREEZE,
        Can.TRACE,
        Can.HEAP,
        Can.MAIN_THREAD,
    }
)
CAN |= {Can.CLOSE_ASKING, Can.CLOSE_BY_SCRIPT, Can.RESTORE, Can.CRASH_PAGE}
"""The capabilities of a Chromium, started by us or not."""


class JoinedChromium(DrivenContext):
    """A running Chromium, connected to over CDP; leaving it does not end the browser."""

    can = CAN

    def __init__(self, driver: Playwright, endpoint: str, device: str = "") -> None:
        super().__init__()
        self._driver = driver
        self._endpoint = endpoint
        self._device = device
        self._browser: Joined | None = None
        self._sessions: list[CDPSession] = []

    @property
    def version(self) -> str:
        """Return the browser's version."""
        return self._browser.version if self._browser else ""

    @property
    def facts(self) -> BrowserFacts:
        """Return the facts that a remote browser reports."""
        return BrowserFacts(
            name="remote",
            product="Chromium over CDP",
            version=self.version,
            platform="remote",
            kind="remote",
            user_agent=self.user_agent,
        )

    @property
    def processes(self) -> Mapping[str, int]:
        """Return an empty mapping: it may run on another machine."""
        return {}

    @property
    def user_agent(self) -> str:
        """Return the user agent of its pages."""
        return self._user_agent

    async def __aenter__(self) -> JoinedChromium:
        try:
            self._browser = await self._driver.chromium.connect_over_cdp(
                self._endpoint, no_defaults=True, timeout=JOIN_TIMEOUT_S * 1000
            )
        except PlaywrightError as error:
            raise translated(f"connect to Chromium at {self._endpoint}", error) from error
        if not self._browser.contexts:
            raise TargetNotReady(f"the Chromium at {self._endpoint} has no context")
        context = self._browser.contexts[0]  # the default one: its tabs have real visibility
        async with bounded("find a first tab"):
            blank = [page for page in context.pages if page.url == "about:blank"]
            home = blank[0] if blank else await context.new_page()
        await self.entered(context, home)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._browser is not None:
            with contextlib.suppress(PlaywrightError, HarnessError):
                async with bounded("disconnect from Chromium", 5):
                    await self._browser.close()
            self._browser = self._driven = None

    async def open_page(
        self,
        on_event: OnEvent,
        *,
        earlier: str = NOTHING_EARLIER,
        behind: bool = False,
        by_script: bool = False,
    ) -> PlaywrightPage:
        home = started(self._home)

        async def make() -> None:
            if by_script:
                await home.evaluate("() => void window.open('about:blank', '_blank')")
                return
            session = await self.context.new_cdp_session(home)
            await session.send("Target.createTarget", {"url": "about:blank", "background": behind})
            await session.detach()

        page = await new_page(self.context, make, home, on_event)
        async with bounded("prepare a tab"):
            if self._device:
                await self._emulate(page.driven)
            if self._offline:
                await page.driven.context.set_offline(True)
        if not behind:
            await page.front()
        return page

    async def crash(self, page: PlaywrightPage) -> None:
        """Crash a page's renderer and reload the page; return when it is reloading."""
        died = asyncio.Event()
        page.driven.once("crash", lambda _: died.set())
        async with bounded("crash a page"):
            session = await self.context.new_cdp_session(page.driven)
            dying = asyncio.ensure_future(session.send("Page.crash"))  # never answered
            await died.wait()
            dying.cancel()
            await asyncio.gather(dying, return_exceptions=True)
            await session.send("Page.reload")

    async def clear_site(self, url: str) -> None:
        """Clear an origin's data as a user can in the settings: every type, cookies included."""
        async with bounded("clear a site's data"):
            session = await self.context.new_cdp_session(started(self._home))
            where = {"origin": url, "storageTypes": "all"}
            await session.send("Storage.clearDataForOrigin", where)
            await session.detach()

    def others(self) -> list[PlaywrightPage]:
        """Return every page with a site except the home."""
        home = started(self._home)
        pages = [page for page in self.context.pages if page is not home and has_site(page.url)]
        return [PlaywrightPage(page, home) for page in pages]

    async def _emulate(self, page: Driven) -> None:
        """Emulate a device's size, touch and user agent in a page; the engine stays the same."""
        if self._device not in self._driver.devices:
            raise HarnessError(f"Playwright has no device {self._device!r}")
        device = self._driver.devices[self._device]
        session = await self.context.new_cdp_session(page)
        self._sessions.append(session)  # an override ends with its session
        self._user_agent = str(device["user_agent"])
        await session.send("Emulation.setUserAgentOverride", {"userAgent": self._user_agent})
        await session.send(
            "Emulation.setDeviceMetricsOverride",
            {
                "width": device["viewport"]["width"],
                "height": device["viewport"]["height"],
                "deviceScaleFactor": device["device_scale_factor"],
                "mobile": device["is_mobile"],
            },
        )
        await session.send("Emulation.setTouchEmulationEnabled", {"enabled": device["has_touch"]})
