"""A pool of running browsers that are reused by runs, each of which has an origin of its own.

A start takes seconds and a run may need less. Runs are isolated by their origin (every stack has
fresh ports); between them cookies are deleted and pages closed. A browser of a run that failed, or
that has visited the origin before, is replaced.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from playwright._impl._driver import compute_driver_executable
from playwright.async_api import Playwright, async_playwright

from harness.browsers.base import Browser
from harness.browsers.catalogue import Start, entry_of
from harness.browsers.drivers.entrance import Entrance, Reach, own_entrance, own_network
from harness.browsers.drivers.remote import addresses, without_login
from harness.core.environment import child_environment
from harness.core.errors import HarnessError
from harness.core.executable import executable_folder
from harness.process.processes import Processes


class BrowserPool:
    """One browser of each kind, lent to one run at a time; close it at the end."""

    def __init__(
        self,
        processes: Processes,
        logs: Path,
        *,
        headed: bool = False,
        entrance: Entrance = own_entrance,
        reach: Reach = own_network,
    ) -> None:
        """``processes``, ``entrance`` and ``reach`` determine the network of the browsers."""
        self._processes = processes
        self._entrance = entrance
        self._reach = reach
        self._logs = logs
        self._headed = headed
        self._driver: Playwright | None = None
        self._driver_pid = 0
        self._idle: dict[tuple[str, str], Browser] = {}
        self._known: dict[int, set[str]] = {}

    @asynccontextmanager
    async def lend(self, name: str, origin: str, *, device: str = "") -> AsyncIterator[Browser]:
        """Lend a browser that has never visited ``origin``; start one if none is idle.

        After an error, or dead, it is not reused. Raises HarnessError when it does not start.
        """
        key = (name, device)
        browser = await self._take(key, origin)
        self._known.setdefault(id(browser), set()).add(origin)
        try:
            yield browser
        except BaseException:
            await self._end(browser)
            raise
        try:
            await browser.forget()
        except HarnessError:  # it died after the run was done: the next run starts another
            await self._end(browser)
            return
        if key in self._idle:  # two of its kind were lent at the same time
            await self._end(browser)
            return
        self._idle[key] = browser

    async def close(self) -> None:
        """End every browser and the driver."""
        for browser in list(self._idle.values()):
            await self._end(browser)
        self._idle.clear()
        if self._driver is not None:
            with contextlib.suppress(Exception):  # a driver that died has stopped
                await self._driver.stop()
            self._driver = None
            self._driver_pid = 0

    async def _take(self, key: tuple[str, str], origin: str) -> Browser:
        browser = self._idle.pop(key, None)
        if browser is not None and origin not in self._known[id(browser)]:
            return browser
        if browser is not None:
            await self._end(browser)
        name, device = key
        start = Start(
            processes=self._processes,
            driver=await self._started_driver(),
            logs=self._logs,
            headed=self._headed,
            device=device,
            entrance=self._entrance,
            reach=self._reach,
        )
        try:
            return await entry_of(name).start(start).__aenter__()
        except HarnessError as error:
            if address := addresses().get(name):
                error.args = (without_login(str(error), address),)
                raise error from None  # the library's own error repeats the address
            raise

    async def _end(self, browser: Browser) -> None:
        self._known.pop(id(browser), None)
        with contextlib.suppress(Exception):  # its driver, or the browser, may be dead
            await browser.__aexit__(None, None, None)

    async def _started_driver(self) -> Playwright:
        if self._driver is None:
            marks = self._processes.marks()
            scratch = self._processes.scratch("driver")
            # Its temporary files are removed with the harness's, and the supervisor recognises it
            # and its children by their marks.
            environment = {**child_environment(), **marks, "TMPDIR": str(scratch)}
            with contextlib.ExitStack() as started:
                if self._processes.is_elsewhere:
                    folder = started.enter_context(executable_folder(scratch))
                    node = _script(folder / "node", self._processes)
                    environment["PLAYWRIGHT_NODEJS_PATH"] = node
                started.enter_context(_environment(environment))
                self._driver = await async_playwright().start()
            found = [process.pid for process in self._processes.marked(marks)]
            self._driver_pid = min(found, default=0)
        return self._driver

    @property
    def processes(self) -> dict[str, int]:
        """Return the process of the driver, once it has been started."""
        return {"driver": self._driver_pid} if self._driver_pid else {}


def _script(path: Path, processes: Processes) -> str:
    """Write a script that runs Playwright's node in our children's network; return its path."""
    node, _ = compute_driver_executable()
    path.write_text(f'#!/bin/sh\nexec {shlex.join(processes.command([node]))} "$@"\n')
    path.chmod(0o755)
    return str(path)


@contextmanager
def _environment(of_a_child: dict[str, str]) -> Iterator[None]:
    """Have Playwright start its driver in this environment: it hands on this process's own."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(of_a_child)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
