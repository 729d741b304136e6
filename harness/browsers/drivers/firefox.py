"""The stock Firefox, driven by Playwright over WebDriver BiDi, with a profile of its own.

A page that Playwright opens here is a window of its own, and windows fire no visibility events.
Tabs opened by ``window.open`` do, headless too; with ``noopener``, because Firefox keeps no page in
its back/forward cache that shares a group with another (both measured with Firefox ESR 153).
"""

from __future__ import annotations

import contextlib
import platform
import re
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import psutil
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Playwright

from harness.browsers.base import NOTHING_EARLIER, BrowserFacts, BrowserLost, Can, OnEvent
from harness.browsers.drivers.driven_context import DrivenContext, started
from harness.browsers.drivers.playwright_page import PlaywrightPage, bounded, new_page
from harness.browsers.drivers.protocols.bidi import (
    BidiConnection,
    BidiPage,
    opened_page,
    put_cookies,
    restored_pages,
)
from harness.browsers.drivers.session_store import saved_sites
from harness.core.environment import child_environment
from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.process.processes import Child, Processes

START_TIMEOUT_S = 60.0

PREFERENCES: dict[str, str | float | bool] = {
    # ``noopener`` makes a tab count as not opened by a script; let it close itself all the same.
    "dom.allow_scripts_to_close_windows": True,
    # Tabs are restored after a crash, all at once; the session file is written every second. The
    # recommended preferences of Firefox's remote agent would turn that off at start.
    "browser.startup.page": 3,
    "browser.sessionstore.interval": 1000,
    "browser.sessionstore.resume_from_crash": True,
    "browser.sessionstore.max_resumed_crashes": -1,
    "browser.sessionstore.restore_on_demand": False,
    "remote.prefs.recommended": False,
    # The target is on this machine: the desktop's proxy is not for it.
    "network.proxy.type": 0,
    # No connections to the vendor's hosts.
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.safebrowsing.update.enabled": False,
}

_OWN_NETWORK: dict[str, str | float | bool] = {"network.manage-offline-status": True}
"""Firefox's default, which Playwright turns off. Only in a network namespace of our own: on a
machine with only loopback Firefox would consider itself offline."""

_OPEN_TAB = "() => void window.open('about:blank', '_blank', 'noopener')"


class Firefox(DrivenContext):
    """One Firefox; an async context manager."""

    can = frozenset({Can.HIDE, Can.SWITCH_TABS, Can.OFFLINE, Can.TRACE})
    can |= {Can.CLOSE_ASKING, Can.CLOSE_BY_SCRIPT, Can.RESTORE}

    def __init__(
        self,
        binary: Path,
        processes: Processes,
        driver: Playwright,
        *,
        logs: Path,
        headed: bool = False,
    ) -> None:
        super().__init__()
        self._binary = binary
        self._owner = processes
        self._driver = driver
        self._headed = headed
        self._profile = processes.scratch("firefox")
        self._temporary = processes.temporary()
        self._marks = processes.marks()
        self._version = ""
        self._pid = 0
        self._log = logs / "firefox.log"
        self._child: Child | None = None
        self._again: BidiConnection | None = None
        self._again_home = ""

    @property
    def facts(self) -> BrowserFacts:
        return BrowserFacts(
            name="firefox",
            product="Firefox",
            version=self._version,
            platform={"Darwin": "macOS"}.get(platform.system(), platform.system()),
            user_agent=self._user_agent,
        )

    @property
    def processes(self) -> Mapping[str, int]:
        """Return the browser process."""
        return {"firefox": self._pid} if self._pid else {}

    async def __aenter__(self) -> Firefox:
        try:
            async with bounded("start Firefox", START_TIMEOUT_S + 5):
                context = await self._driver.firefox.launch_persistent_context(
                    self._profile,
                    channel="moz-firefox",
                    executable_path=self._binary,
                    headless=not self._headed,
                    env={**child_environment(), **self._marks, "TMPDIR": str(self._temporary)},
                    firefox_user_prefs=PREFERENCES
                    | (_OWN_NETWORK if self._owner.is_elsewhere else {}),
                    timeout=START_TIMEOUT_S * 1000,
                )
            await self.entered(context, context.pages[0])
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        browser = context.browser
        self._version = browser.version if browser else ""
        self._pid = min(process.pid for process in self._owner.marked(self._marks))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._leave()
        finally:
            self._end_child()
            self._owner.end_marked(self._marks)
            for directory in (self._profile, self._temporary):
                shutil.rmtree(directory, ignore_errors=True)

    async def crash(self) -> None:
        """SIGKILL the browser and all its processes; drop the connection."""
        self.kill()
        await wait_until(
            "Firefox is gone", lambda: not self._owner.marked(self._marks), timeout_s=30
        )
        await self._leave()

    async def restart(self) -> Sequence[BidiPage]:
        """Start again with the same profile; wait for every tab of its session file to be restored.

        Playwright cannot see restored tabs, so from now on WebDriver BiDi drives the browser, with
        fewer capabilities: it cannot go offline or record a trace.
        """
        argv = [str(self._binary), "--remote-debugging-port=0", "--profile", str(self._profile)]
        argv += [] if self._headed else ["--headless"]
        sites = saved_sites(self._profile)
        saved = None if sites is None else len(sites)
        earlier_bytes = self._log.stat().st_size if self._log.exists() else 0
        self._child = self._owner.spawn(
            "firefox", argv, log=self._log, env={"TMPDIR": str(self._temporary)}
        )
        self._pid = self._child.pid

        def address() -> str:
            output = self._log.read_bytes()[earlier_bytes:].decode(errors="replace")
            match = re.search(r"WebDriver BiDi listening on (ws://\S+)", output)
            return match.group(1) if match else ""

        await wait_until("Firefox listens again", address, timeout_s=START_TIMEOUT_S)
        self._again = await BidiConnection(f"{address()}/session").__aenter__()
        pages, self._again_home = await restored_pages(self._again, saved)
        self.can -= {Can.OFFLINE, Can.TRACE, Can.CLOSE_ASKING, Can.CLOSE_BY_SCRIPT}
        self._offline = False
        return pages

    async def set_cookies(self, url: str, cookies: Mapping[str, str]) -> None:
        if self._again is None:
            await super().set_cookies(url, cookies)
        else:
            await put_cookies(self._again, url, cookies)

    async def forget(self) -> None:
        """Close every page but the home and delete all cookies.

        Raises BrowserLost after a crash: it lacks capabilities that the next run may need.
        """
        if self._again is not None:
            raise BrowserLost("Firefox was restarted after a crash and is not reused")
        await super().forget()

    async def _leave(self) -> None:
        if self._again is not None:
            await self._again.__aexit__(None, None, None)
            self._again = None
        if self._driven is not None:
            with contextlib.suppress(PlaywrightError, HarnessError):
                async with bounded("leave Firefox", 5):
                    await self._driven.close()
            self._driven = None

    async def open_page(
        self,
        on_event: OnEvent,
        *,
        earlier: str = NOTHING_EARLIER,
        behind: bool = False,
        by_script: bool = False,
    ) -> PlaywrightPage | BidiPage:
        page: PlaywrightPage | BidiPage
        if self._again is not None:
            page = await opened_page(self._again, self._again_home, on_event, earlier)
        else:
            home = started(self._home)
            page = await new_page(self.context, lambda: home.evaluate(_OPEN_TAB), home, on_event)
        if behind:
            await page.hide()
        return page

    def kill(self) -> None:
        """SIGKILL the browser and all its processes: a crash."""
        self._pid = 0
        self._end_child()
        for process in self._owner.marked(self._marks):
            with contextlib.suppress(psutil.Error):
                process.kill()

    def _end_child(self) -> None:
        """Kill the restarted browser, which is our own child; the first one is Playwright's."""
        if self._child is not None:
            self._child.stop(ask_with=signal.SIGKILL)
            self._owner.forget(self._child.pid)
            self._child = None
