"""A stock Chromium, started by us so that it behaves like a visitor's.

Playwright's own launch fakes visibility (every tab is ``visible``), and switches the back/forward
cache and timer throttling off. Started directly and joined over CDP with ``no_defaults`` on the
default context, every tab switch gives a real ``visibilitychange``, headless too (measured with
Chromium 156 and playwright 1.64.1).
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import TracebackType

from playwright.async_api import BrowserContext, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from harness.errors import HarnessError, TargetNotReady
from harness.processes import Child, Processes
from harness.wait import wait_until

START_TIMEOUT_S = 20.0

SWITCHES = (
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    # No talk to the vendor's hosts: on a closed network each try costs time and fills the log.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-quic",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--password-store=basic",
)


class Chromium:
    """One browser process with a profile of its own; an async context manager."""

    def __init__(
        self,
        binary: Path,
        processes: Processes,
        *,
        logs: Path,
        headed: bool = False,
    ) -> None:
        self._binary = binary
        self._processes = processes
        self._log = logs / "chromium.log"
        self._headed = headed
        self._profile = processes.scratch("chromium")
        self._child: Child | None = None
        self._playwright: Playwright | None = None
        self._context: BrowserContext | None = None
        self.version = ""

    @property
    def context(self) -> BrowserContext:
        """Return the browser's default context, whose tabs have real visibility."""
        if self._context is None:
            raise HarnessError("Chromium was not started")
        return self._context

    @property
    def pid(self) -> int:
        """Return the browser process's id."""
        if self._child is None:
            raise HarnessError("Chromium was not started")
        return self._child.pid

    async def __aenter__(self) -> Chromium:
        argv = [str(self._binary), *SWITCHES, f"--user-data-dir={self._profile}"]
        if os.geteuid() == 0:
            argv.append("--no-sandbox")  # Chromium's sandbox refuses root
        if not self._headed:
            argv.append("--headless=new")
        self._child = self._processes.spawn(
            "chromium",
            [*argv, "about:blank"],
            log=self._log,
            # The crash reporter's files go with the profile, not into the home directory.
            env={"BREAKPAD_DUMP_LOCATION": str(self._profile / "crashes")},
        )
        await wait_until("Chromium opens its debugging port", self._port, timeout_s=START_TIMEOUT_S)
        self._playwright = await async_playwright().start()
        try:
            browser = await self._playwright.chromium.connect_over_cdp(
                f"http://127.0.0.1:{self._port()}", no_defaults=True, timeout=START_TIMEOUT_S * 1000
            )
        except PlaywrightError as error:
            await self._disconnect()
            raise TargetNotReady(f"cannot join Chromium: {error.message}") from error
        self.version = browser.version
        self._context = browser.contexts[0]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._disconnect()
        if self._child is not None:
            self._child.stop(ask_with=signal.SIGTERM)
            self._processes.forget(self._child.pid)
            self._child = None

    async def _disconnect(self) -> None:
        if self._playwright is not None:
            await self._playwright.stop()
            self._playwright = None

    def _port(self) -> int:
        if self._child is not None and self._child.exit_code is not None:
            raise TargetNotReady(
                f"Chromium ended at once: {self._child.last_words()}",
                hint="`harness doctor` shows which browsers work here",
            )
        try:
            return int((self._profile / "DevToolsActivePort").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return 0
