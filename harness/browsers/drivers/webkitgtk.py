"""WebKitGTK: MiniBrowser under WebKitWebDriver, on a display of its own (Xvfb).

It shares its engine with Safari but is not Safari. Each page is a window: this driver's tabs are
always hidden, and switching between them fires no event (measured with 2.50).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError

from harness.browsers.base import NOTHING_EARLIER, BrowserFacts, Can, OnEvent
from harness.browsers.drivers.entrance import Entrance, own_entrance
from harness.browsers.drivers.webdriver_page import WebDriverConnection, WebDriverPage
from harness.core.errors import HarnessError, TargetNotReady
from harness.core.lazy import LazyModule
from harness.core.wait import wait_until
from harness.process.processes import Child, Processes

if TYPE_CHECKING:
    from selenium import webdriver
    from selenium.common import exceptions
    from selenium.webdriver.common import proxy
    from selenium.webdriver.common.options import ArgOptions
    from selenium.webdriver.remote import client_config, remote_connection
    from selenium.webdriver.remote.webdriver import WebDriver
else:
    # Most processes drive no browser by WebDriver: an eighth of what they load.
    webdriver = LazyModule("selenium.webdriver")
    exceptions = LazyModule("selenium.common.exceptions")
    proxy = LazyModule("selenium.webdriver.common.proxy")
    client_config = LazyModule("selenium.webdriver.remote.client_config")
    remote_connection = LazyModule("selenium.webdriver.remote.remote_connection")

START_TIMEOUT_S = 60.0
GO_LIMIT_S = 12
"""The driver's own timeout, below ours, because its error names what hung."""


class WebDriverBrowser:
    """A WebDriver session and its windows; what WebKitGTK and a grid have in common."""

    can = frozenset({Can.HIDE, Can.DOUBLE_CLICK})

    def __init__(self) -> None:
        self._connection: WebDriverConnection | None = None
        self._home = ""
        self._pages: list[WebDriverPage] = []
        self._user_agent = ""
        self._capabilities: dict[str, object] = {}

    @property
    def connection(self) -> WebDriverConnection:
        """Return the session. Raises HarnessError before the start."""
        if self._connection is None:
            raise HarnessError("the browser was not started")
        return self._connection

    async def open_page(
        self,
        on_event: OnEvent,
        *,
        earlier: str = NOTHING_EARLIER,
        behind: bool = False,
        by_script: bool = False,
    ) -> WebDriverPage:
        """Open a window; ``behind``: a tab, which this driver never shows."""

        if by_script:
            raise HarnessError("Unsupported: under WebDriver pages cannot open pop-ups")

        def make(driver: WebDriver) -> str:
            driver.switch_to.window(self._home)
            driver.switch_to.new_window("tab" if behind else "window")
            return str(driver.current_window_handle)

        handle = await self.connection.call("open a window", make)
        page = WebDriverPage(self.connection, handle, on_event, earlier)
        self._pages.append(page)
        await page.start_listening()
        return page

    async def set_cookies(self, url: str, cookies: Mapping[str, str]) -> None:
        """Set cookies, or clear them all; WebDriver sets them for the page that is open."""

        def put(driver: WebDriver) -> None:
            driver.switch_to.window(self._home)
            if not cookies:
                driver.delete_all_cookies()
                return
            driver.get(url)
            for name, value in cookies.items():
                driver.add_cookie({"name": name, "value": value})

        await self.connection.call("set cookies", put)

    async def set_offline(self, offline: bool) -> None:
        """Raise HarnessError: unsupported."""
        raise HarnessError("Unsupported: WebDriver cannot go offline")

    async def console(self) -> list[str]:
        """Return an empty list: WebDriver has no access to the console."""
        return []

    async def requests(self) -> list[dict[str, Any]]:
        """Return an empty list: WebDriver does not report them."""
        return []

    async def start_trace(self) -> None:
        """Raise HarnessError: unsupported."""
        raise HarnessError("Unsupported: WebDriver cannot record a trace")

    async def stop_trace(self, path: str | None) -> None:
        """Raise HarnessError: unsupported."""
        raise HarnessError("Unsupported: WebDriver cannot record a trace")

    async def forget(self) -> None:
        """Close every window but the first and drop all cookies."""
        for page in self._pages:
            page.stop()
        self._pages.clear()

        def close(driver: WebDriver) -> None:
            for handle in driver.window_handles:
                if handle != self._home:
                    driver.switch_to.window(handle)
                    driver.close()
            driver.switch_to.window(self._home)
            driver.delete_all_cookies()
            driver.get("about:blank")

        await self.connection.call("close all windows", close)

    async def _join(self, driver: WebDriver) -> None:
        self._connection = WebDriverConnection(driver)

        def look(session: WebDriver) -> tuple[str, str]:
            session.set_page_load_timeout(GO_LIMIT_S)
            session.set_script_timeout(GO_LIMIT_S)
            agent = str(session.execute_script("return navigator.userAgent"))
            return str(session.current_window_handle), agent

        self._home, self._user_agent = await self._connection.call("look at the session", look)
        self._capabilities = dict(driver.capabilities)

    async def _leave(self) -> None:
        for page in self._pages:
            page.stop()
        self._pages.clear()
        if self._connection is not None:
            with contextlib.suppress(HarnessError):
                await self._connection.call("end the session", lambda driver: driver.quit(), 5)
            self._connection.close()
            self._connection = None


class WebKitGtk(WebDriverBrowser):
    """One MiniBrowser; an async context manager."""

    def __init__(
        self,
        driver: Path,
        browser: Path,
        screen: Path | None,
        processes: Processes,
        *,
        logs: Path,
        entrance: Entrance = own_entrance,
    ) -> None:
        """``screen`` is Xvfb's binary, or None to use the display that there is.

        ``entrance`` returns a port on which the driver can listen in the network of ``processes``
        and be reached from here.
        """
        super().__init__()
        self._driver = driver
        self._browser = browser
        self._screen = screen
        self._owner = processes
        self._logs = logs
        self._entrance = entrance
        self._home_directory = processes.scratch("webkitgtk")
        self._children: list[Child] = []

    @property
    def facts(self) -> BrowserFacts:
        return BrowserFacts(
            name="webkitgtk",
            product="WebKitGTK",
            version=str(self._capabilities.get("browserVersion", "")),
            platform=platform.system(),
            user_agent=self._user_agent,
        )

    @property
    def processes(self) -> Mapping[str, int]:
        """Return the processes of display and driver; the browser's are the driver's children."""
        return {child.name: child.pid for child in self._children}

    async def __aenter__(self) -> WebKitGtk:
        try:
            options = webdriver.WebKitGTKOptions()
            options.binary_location = str(self._browser)
            options.add_argument("--automation")
            await self._join(await new_session(await self.serve(), options))
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._leave()
        for child in reversed(self._children):
            child.stop()
            self._owner.forget(child.pid)
        self._children.clear()
        shutil.rmtree(self._home_directory, ignore_errors=True)

    async def serve(self) -> str:
        """Start display and driver; return the driver's URL. Leaving ends both."""
        environment = self._environment()
        if self._screen is not None:
            environment["DISPLAY"] = await self._start_screen(self._screen)
        return await self._start_driver(environment)

    def kill(self) -> None:
        """SIGKILL the driver, the browser and all their processes: a crash."""
        if self._children:
            self._children[-1].stop(ask_with=signal.SIGKILL)

    def _environment(self) -> dict[str, str]:
        # A home of its own: no data of the user's, and none is left behind.
        names = ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "HOME"]
        names += ["TMPDIR"]
        environment = {name: str(self._home_directory) for name in names}
        if os.geteuid() == 0:
            environment["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"  # bubblewrap refuses root
        return environment

    async def _start_screen(self, xvfb: Path) -> str:
        """Start Xvfb on a free display; return the display's name."""
        number = self._home_directory / "display"
        argv = ["/bin/sh", "-c", 'exec "$0" -displayfd 3 "$@" 3>"$DISPLAY_FILE"', str(xvfb)]
        argv += ["-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
        log = self._logs / "xvfb.log"
        child = self._owner.spawn("xvfb", argv, log=log, env={"DISPLAY_FILE": str(number)})
        self._children.append(child)

        def is_up() -> bool:
            if child.exit_code is not None:
                raise TargetNotReady(f"Xvfb ended at once: {child.why_it_ended()}")
            return number.exists() and number.read_text().endswith("\n")

        await wait_until("Xvfb has a display", is_up, timeout_s=START_TIMEOUT_S)
        return f":{number.read_text().strip()}"

    async def _start_driver(self, environment: dict[str, str]) -> str:
        """Start the driver on a free port; return its address."""
        log = self._logs / "webkitgtk.log"
        port = await self._entrance()
        argv = [str(self._driver), f"--port={port}", "--host=127.0.0.1"]
        child = self._owner.spawn("webkitgtk", argv, log=log, env=environment)
        self._children.append(child)

        async def is_up() -> bool:
            if child.exit_code is not None:
                raise TargetNotReady(f"WebKitWebDriver ended at once: {child.why_it_ended()}")
            return await answers(port)

        await wait_until("WebKitWebDriver listens", is_up, timeout_s=START_TIMEOUT_S)
        return f"http://127.0.0.1:{port}"


async def new_session(endpoint: str, options: ArgOptions) -> WebDriver:
    """Start a browser through a WebDriver server. Raises TargetNotReady with its message."""

    def start() -> WebDriver:
        config = client_config.ClientConfig(
            remote_server_addr=endpoint, timeout=int(START_TIMEOUT_S), proxy=_proxy_to(endpoint)
        )
        connection = remote_connection.RemoteConnection(client_config=config)
        return webdriver.Remote(connection, options=options)

    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            return await asyncio.get_running_loop().run_in_executor(None, start)
    except TimeoutError as error:
        reason = f"no browser started at {endpoint} within {START_TIMEOUT_S:g} s"
        raise TargetNotReady(reason) from error
    except (exceptions.WebDriverException, HTTPError, OSError) as error:
        text = " ".join(str(getattr(error, "msg", "") or error).split())
        raise TargetNotReady(f"no browser started at {endpoint}: {text}") from error


def _proxy_to(endpoint: str) -> proxy.Proxy:
    """Return what leads to a WebDriver server: nothing, when it is on this machine."""
    is_here = urlsplit(endpoint).hostname in ("127.0.0.1", "localhost", "::1")
    kinds = proxy.ProxyType
    return proxy.Proxy(raw={"proxyType": kinds.DIRECT if is_here else kinds.SYSTEM})


async def answers(port: int) -> bool:
    """Return whether a WebDriver server answers on a loopback port."""
    request = f"GET /status HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    writer = None
    try:
        async with asyncio.timeout(1):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request.encode())
            return bool(await reader.readline())
    except (OSError, TimeoutError):
        return False
    finally:
        if writer is not None:
            writer.close()
