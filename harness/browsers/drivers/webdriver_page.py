"""A page driven by WebDriver: WebKitGTK's MiniBrowser, or a browser on a grid.

Selenium's calls block, and a session has one current window; so every call of a browser runs in
its one thread, which first switches to the page's window. WebDriver has no bindings: the page keeps
its events, and they are fetched from it many times a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from urllib3.exceptions import HTTPError

from harness.browsers.base import (
    EVALUATE_TIMEOUT_S,
    GO_TIMEOUT_S,
    NOTHING_EARLIER,
    BrowserLost,
    Closing,
    OnEvent,
)
from harness.core.clock import pause
from harness.core.errors import HarnessError, TargetNotReady
from harness.core.lazy import LazyModule
from harness.core.wait import wait_until
from harness.target.page import BINDING

if TYPE_CHECKING:
    from selenium import webdriver
    from selenium.common import exceptions
    from selenium.webdriver.common import action_chains
    from selenium.webdriver.remote.webdriver import WebDriver
else:
    webdriver = LazyModule("selenium.webdriver")
    action_chains = LazyModule("selenium.webdriver.common.action_chains")
    exceptions = LazyModule("selenium.common.exceptions")

T = TypeVar("T")
LISTEN_EVERY_S = 0.1

_CALL = """
const [text, argument, done] = arguments;
Promise.resolve()
  .then(() => (0, eval)("(" + text + ")")(argument))
  .then((value) => done({value: value === undefined ? null : value}),
        (error) => done({error: String(error)}));
"""
_LISTEN = f"""
if (typeof window.{BINDING} === "function") return;
const events = window.__impressionEvents = ({{earlier}})();
window.{BINDING} = (text) => {{{{ events.push(text); }}}};
"""
_FETCH = "return (window.__impressionEvents ?? []).splice(0);"
_WINDOW = {"x": 0, "y": 0, "width": 1024, "height": 768}


class WebDriverConnection:
    """A WebDriver session and the one thread that calls it."""

    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webdriver")

    async def call(
        self, what: str, action: Callable[[WebDriver], T], timeout_s: float = EVALUATE_TIMEOUT_S
    ) -> T:
        """Run an action in the thread; ``what`` names it in errors. Raises BrowserLost when it
        hangs or the session is gone, TargetNotReady when the driver reports that the page did not
        load, or not answer, in time."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_s):
                return await loop.run_in_executor(self._thread, action, self.driver)
        except TimeoutError as error:
            raise BrowserLost(f"the browser hung: it did not {what} in {timeout_s:g} s") from error
        except exceptions.JavascriptException as error:
            raise TargetNotReady(f"could not {what}: {_one_line(error)}") from error
        except (
            exceptions.TimeoutException
        ) as error:  # the driver's own timeout: the driver itself still works
            raise TargetNotReady(f"could not {what}: it took too long") from error
        except exceptions.WebDriverException as error:
            raise BrowserLost(
                f"the browser is gone: could not {what}: {_one_line(error)}"
            ) from error
        except (OSError, HTTPError) as error:
            raise BrowserLost(f"the driver is gone: could not {what}: {error}") from error

    def close(self) -> None:
        """Shut the thread down without waiting; one that hangs ends with its driver."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class WebDriverPage:
    """One window. ``earlier`` returns the events that its page reported before it was heard."""

    def __init__(
        self,
        connection: WebDriverConnection,
        handle: str,
        on_event: OnEvent,
        earlier: str = NOTHING_EARLIER,
    ) -> None:
        self._connection = connection
        self._handle = handle
        self._on_event = on_event
        self._listen_script = _LISTEN.format(earlier=earlier)
        self._listening: asyncio.Task[None] | None = None

    @property
    def handle(self) -> str:
        """Return WebDriver's name of the window."""
        return self._handle

    async def go(self, url: str) -> None:
        await self._fetch_events()
        await self._on("load a page", lambda driver: driver.get(url), GO_TIMEOUT_S)
        await self._listen()

    async def evaluate(self, function: str, argument: Any = None) -> Any:

        def run(driver: WebDriver) -> tuple[Any, Any]:
            # The events that the page reported before it answered are delivered first.
            result = driver.execute_async_script(_CALL, function, argument)
            return result, driver.execute_script(_FETCH)

        result, events = await self._on("run a script in the page", run)
        for text in events or []:
            self._on_event(str(text))
        if "error" in result:
            raise TargetNotReady(f"could not run a script in the page: {result['error']}")
        return result["value"]

    async def click(self, selector: str, *, times: int = 1) -> None:
        def act(driver: WebDriver) -> None:
            try:
                element = driver.find_element("css selector", selector)
                if times == 1:
                    element.click()
                else:
                    action_chains.ActionChains(driver).double_click(element).perform()
            except (
                exceptions.NoSuchElementException,
                exceptions.ElementNotInteractableException,
            ) as error:
                raise TargetNotReady(f"could not click {selector}: {_one_line(error)}") from error

        await self._fetch_events()
        await self._on("click in the page", act)
        await self._listen()  # to the page that a link has led to

    async def reload(self) -> None:
        await self._fetch_events()
        await self._on("reload a page", lambda driver: driver.refresh(), GO_TIMEOUT_S)
        await self._listen()

    async def back(self) -> None:
        await self._travel("go back", webdriver.Remote.back)

    async def forward(self) -> None:
        await self._travel("go forward", webdriver.Remote.forward)

    async def _travel(self, what: str, command: Callable[[WebDriver], None]) -> None:
        """Navigate by the driver's command. Not by script: if its page enters the back/forward
        cache before it has answered, it never answers (WebKitGTK 2.50)."""
        await self._fetch_events()
        await self._on(what, command, GO_TIMEOUT_S)
        await self._listen()

    async def hide(self) -> None:
        """Minimise the window: new tabs of this driver are never visible, so none can cover it."""
        await self._on("minimise the window", lambda driver: driver.minimize_window())
        await self._until("hidden")

    async def front(self) -> None:
        """Restore the window."""
        await self._on("restore the window", lambda driver: driver.set_window_rect(**_WINDOW))
        await self._until("visible")

    async def close(self, how: Closing = Closing.DEFAULT) -> None:
        if how is not Closing.DEFAULT:
            raise HarnessError(f"Unsupported: WebDriver cannot close a page this way: {how.value}")
        await self._fetch_events()
        self.stop()
        await self._on("close a window", lambda driver: driver.close())

        async def is_gone() -> bool:
            handles = await self._connection.call("list the windows", lambda d: d.window_handles)
            return self._handle not in handles

        await wait_until("the window is closed", is_gone, timeout_s=EVALUATE_TIMEOUT_S)

    async def screenshot(self) -> bytes:
        return await self._on("take a screenshot", lambda driver: driver.get_screenshot_as_png())

    async def freeze(self, frozen: bool) -> None:
        raise HarnessError("Unsupported: WebDriver cannot freeze a page")

    async def heap_bytes(self) -> int:
        raise HarnessError("Unsupported: WebDriver cannot measure a page's heap")

    async def main_thread_s(self) -> Mapping[str, float]:
        raise HarnessError("Unsupported: WebDriver cannot measure a page's main thread")

    async def start_listening(self) -> None:
        """Fetch the page's events from now on, until it closes."""
        self._listening = asyncio.create_task(self._keep_listening())

    def stop(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def _keep_listening(self) -> None:
        while True:
            await pause(LISTEN_EVERY_S)
            with contextlib.suppress(HarnessError):  # the next call on the page raises it
                await self._fetch_events()

    async def _listen(self) -> None:
        await self._on(
            "listen to the page", lambda driver: driver.execute_script(self._listen_script)
        )

    async def _fetch_events(self) -> None:
        events = await self._on(
            "fetch the page's events", lambda driver: driver.execute_script(_FETCH)
        )
        for text in events or []:
            self._on_event(str(text))

    async def _until(self, state: str) -> None:
        async def is_so() -> bool:
            return bool(await self.evaluate("() => document.visibilityState") == state)

        await wait_until(f"the page is {state}", is_so, timeout_s=EVALUATE_TIMEOUT_S)

    async def _on(
        self, what: str, action: Callable[[WebDriver], T], timeout_s: float = EVALUATE_TIMEOUT_S
    ) -> T:
        def switched(driver: WebDriver) -> T:
            driver.switch_to.window(self._handle)
            return action(driver)

        return await self._connection.call(what, switched, timeout_s)


def _one_line(error: exceptions.WebDriverException) -> str:
    text = " ".join(str(error.msg or error).split())
    return json.dumps(text)[1:-1] if text else type(error).__name__
