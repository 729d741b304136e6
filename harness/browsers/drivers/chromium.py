"""Chromium and its family, started without Playwright so that it behaves like a visitor's.

Playwright's own launch fakes visibility (every tab is ``visible``), and disables the back/forward
cache and timer throttling. In a browser that is started directly and connected to over CDP, with
``no_defaults`` on the default context, every tab switch fires a real ``visibilitychange``, headless
too (measured with Chromium 156 and playwright 1.64.1).
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from playwright.async_api import BrowserContext, Playwright

from harness.browsers.base import NOTHING_EARLIER, BrowserFacts, OnEvent, Page
from harness.browsers.drivers.entrance import Reach, own_network
from harness.browsers.drivers.joined_chromium import CAN, JoinedChromium
from harness.browsers.drivers.playwright_page import PlaywrightPage
from harness.browsers.drivers.protocols.devtools import put_in_front
from harness.core.errors import HarnessError, TargetNotReady
from harness.core.wait import wait_until
from harness.process.processes import Child, Processes

START_TIMEOUT_S = 60.0

SWITCHES = (
    "--remote-debugging-port=0",
    # The target is on this machine: the desktop's proxy is not for it.
    "--no-proxy-server",
    "--no-first-run",
    "--no-default-browser-check",
    # No connections to the vendor's hosts: without internet each attempt takes time and logs.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-quic",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--password-store=basic",
    "--hide-crash-restore-bubble",
)

PREFERENCES = {"session": {"restore_on_startup": 1}}
"""The user's setting "continue where you left off"; without it no tab is restored after a crash,
whatever the switches (measured with Chromium 156). Read at the first start only."""


class Chromium:
    """One browser process with a profile of its own; an async context manager.

    ``name`` and ``product`` tell Chromium, Chrome and Edge apart. ``device`` is one of
    Playwright's device descriptors: every page then has its size, touch and user agent.
    """

    can = CAN

    def __init__(
        self,
        binary: Path,
        processes: Processes,
        driver: Playwright,
        *,
        logs: Path,
        headed: bool = False,
        name: str = "chromium",
        product: str = "Chromium",
        device: str = "",
        kind: str = "stock",
        reach: Reach = own_network,
    ) -> None:
        """``reach`` forwards a local port to one on the loopback of ``processes``' network."""
        self._binary = binary
        self._processes = processes
        self._driver = driver
        self._reach = reach
        self._log = logs / f"{name}.log"
        self._headed = headed
        self._profile = processes.scratch("chromium")
        self._temporary = processes.temporary()
        self._child: Child | None = None
        self._joined: JoinedChromium | None = None
        self._name = name
        self._product = product
        self._device = device
        self._kind = "emulated" if device else kind

    @property
    def facts(self) -> BrowserFacts:
        return BrowserFacts(
            name=self._name,
            product=f"{self._product} as {self._device}" if self._device else self._product,
            version=self._tabs.version,
            platform={"Darwin": "macOS"}.get(platform.system(), platform.system()),
            kind=self._kind,
            user_agent=self._tabs.user_agent,
        )

    @property
    def processes(self) -> Mapping[str, int]:
        """Return the browser process."""
        return {self._name: self._child.pid} if self._child else {}

    @property
    def endpoint(self) -> str:
        """Return the URL at which others may connect to it over CDP."""
        port, _ = self._debugging() or (0, "")
        return f"http://127.0.0.1:{port}"

    @property
    def context(self) -> BrowserContext:
        """Return the default context, whose tabs have real visibility."""
        return self._tabs.context

    async def __aenter__(self) -> Chromium:
        preferences = self._profile / "Default" / "Preferences"
        preferences.parent.mkdir(parents=True, exist_ok=True)
        preferences.write_text(json.dumps(PREFERENCES), encoding="utf-8")
        await self._start("about:blank")
        return self

    async def _start(self, *pages: str) -> int:
        """Start the process and connect to it; return how many tabs with a site it restored."""
        argv = [str(self._binary), *SWITCHES, f"--user-data-dir={self._profile}"]
        if os.geteuid() == 0:
            argv.append("--no-sandbox")  # Chromium's sandbox refuses root
        if not self._headed:
            argv.append("--headless=new")
        self._child = self._processes.spawn(
            self._name,
            [*argv, *pages],
            log=self._log,
            # Keeps the crash reporter's files in the profile, out of the home directory.
            # What it leaves in its folder for temporary files is removed with that.
            env={
                "BREAKPAD_DUMP_LOCATION": str(self._profile / "crashes"),
                "TMPDIR": str(self._temporary),
            },
        )
        try:
            await wait_until(
                f"{self._product} opens its debugging port",
                self._debugging,
                timeout_s=START_TIMEOUT_S,
            )
            port, path = self._debugging() or (0, "")
            async with self._reach(port) as here:
                socket = f"ws://127.0.0.1:{here}{path}"
                count = await put_in_front(socket, timeout_s=START_TIMEOUT_S)
            await self._join()
        except BaseException:
            self._end()
            raise
        return count

    async def _join(self) -> None:
        joined = JoinedChromium(self._driver, self.endpoint, self._device)
        self._joined = await joined.__aenter__()

    async def _leave(self) -> None:
        if self._joined is not None:
            await self._joined.__aexit__(None, None, None)
            self._joined = None

    async def crash(self) -> None:
        """SIGKILL the browser and all its processes; drop the connection."""
        self.kill()
        if self._child is not None:
            self._processes.forget(self._child.pid)
            self._child = None
        await self._leave()
        (self._profile / "DevToolsActivePort").unlink(missing_ok=True)

    async def restart(self) -> Sequence[PlaywrightPage]:
        """Start again with the same profile, whose preference restores the tabs.

        Most of them load only in front, so each is put there once before Playwright connects.
        """
        count = await self._start()
        pages = self._tabs.others()
        if len(pages) != count:
            raise TargetNotReady(f"{count} tabs were restored, but {len(pages)} can be driven")
        return pages

    async def crash_page(self, page: Page) -> PlaywrightPage:
        """Crash the only tab's renderer (CDP ``Page.crash``) and reload it.

        Playwright cannot drive a page after its crash, so it is reconnected.
        """
        if len(self._tabs.others()) != 1 or not isinstance(page, PlaywrightPage):
            raise HarnessError("Unsupported: a page can only be crashed when it is the only tab")
        await self._tabs.crash(page)
        await self._leave()
        await self._join()
        return self._tabs.others()[0]

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._leave()
        finally:
            self._end()

    async def open_page(
        self,
        on_event: OnEvent,
        *,
        earlier: str = NOTHING_EARLIER,
        behind: bool = False,
        by_script: bool = False,
    ) -> PlaywrightPage:
        return await self._tabs.open_page(
            on_event, earlier=earlier, behind=behind, by_script=by_script
        )

    async def set_cookies(self, url: str, cookies: Mapping[str, str]) -> None:
        await self._tabs.set_cookies(url, cookies)

    async def clear_site(self, url: str) -> None:
        await self._tabs.clear_site(url)

    async def set_offline(self, offline: bool) -> None:
        await self._tabs.set_offline(offline)

    async def console(self) -> list[str]:
        return await self._tabs.console()

    async def requests(self) -> list[dict[str, Any]]:
        return await self._tabs.requests()

    async def start_trace(self) -> None:
        await self._tabs.start_trace()

    async def stop_trace(self, path: str | None) -> None:
        await self._tabs.stop_trace(path)

    async def forget(self) -> None:
        await self._tabs.forget()

    def kill(self) -> None:
        """SIGKILL the browser and all its processes: a crash."""
        if self._child is not None:
            self._child.stop(ask_with=signal.SIGKILL)

    @property
    def _tabs(self) -> JoinedChromium:
        if self._joined is None:
            raise HarnessError(f"{self._product} was not started")
        return self._joined

    def _end(self) -> None:
        if self._child is not None:
            self._child.stop(ask_with=signal.SIGTERM)
            self._processes.forget(self._child.pid)
            self._child = None
        for directory in (self._profile, self._temporary):
            shutil.rmtree(directory, ignore_errors=True)

    def _debugging(self) -> tuple[int, str] | None:
        """Return port and path of its CDP socket; None before the browser has written them."""
        if self._child is not None and self._child.exit_code is not None:
            raise TargetNotReady(
                f"{self._product} ended at once: {self._child.why_it_ended()}",
                hint="`harness doctor` shows which browsers work here",
            )
        try:
            port, path = (self._profile / "DevToolsActivePort").read_text().splitlines()
            return int(port), path
        except (OSError, ValueError):
            return None
