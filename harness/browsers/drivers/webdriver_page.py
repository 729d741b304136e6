"""A page that WebDriver drives: WebKitGTK's MiniBrowser, or a browser on a grid.

Selenium's calls block, and a session knows one current window; so every call of a browser runs in
its one thread, where it first switches to its page. WebDriver has no bindings: what the page
tells its witness is kept in the page and fetched from there, many times a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from selenium.common.exceptions import JavascriptException, WebDriverException
from selenium.common.exceptions import TimeoutException as TimedOut
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from harness.browsers.base import (
    EVALUATE_TIMEOUT_S,
    GO_TIMEOUT_S,
    NOTHING_EARLIER,
    BrowserLost,
    Closing,
    Heard,
)
from harness.core.clock import pause
from harness.core.errors import HarnessError, TargetNotReady
from harness.core.wait import wait_until
from harness.target.page import BINDING

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
const said = window.__said = ({{earlier}})();
window.{BINDING} = (text) => {{{{ said.push(text); }}}};
"""
_HEAR = "return (window.__said ?? []).splice(0);"
_WINDOW = {"x": 0, "y": 0, "width": 1024, "height": 768}


class Line:
    """A WebDriver session and the one thread that speaks to it."""

    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webdriver")

    async def call(
        self, what: str, action: Callable[[WebDriver], T], timeout_s: float = EVALUATE_TIMEOUT_S
    ) -> T:
        """Do something in the thread. Raises BrowserLost when it hangs or the session is gone, and
        TargetNotReady when the driver says that the page did not come, or not answer, in time."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_s):
                return await loop.run_in_executor(self._thread, action, self.driver)
        except TimeoutError as error:
            raise BrowserLost(f"the browser hung: it did not {what} in {timeout_s:g} s") from error
        except JavascriptException as error:
            raise TargetNotReady(f"could not {what}: {_line(error)}") from error
        except TimedOut as error:  # the driver's own bound, and the driver is well
            raise TargetNotReady(f"could not {what}: it took too long") from error
        except WebDriverException as error:
            raise BrowserLost(f"the browser is gone: could not {what}: {_line(error)}") from error
        except (OSError, HTTPError) as error:
            raise BrowserLost(f"the driver is gone: could not {what}: {error}") from error

    def hang_up(self) -> None:
        """Let the thread end; one that hangs ends with its driver."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class WebDriverPage:
    """One window. ``earlier`` returns the texts that its page gave before it was listened to."""

    def __init__(
        self, line: Line, handle: str, heard: Heard, earlier: str = NOTHING_EARLIER
    ) -> None:
        self._line = line
        self._handle = handle
        self._heard = heard
        self._begin_to_listen = _LISTEN.format(earlier=earlier)
        self._listening: asyncio.Task[None] | None = None

    @property
    def handle(self) -> str:
        """Return WebDriver's name of the window."""
        return self._handle

    async def go(self, url: str) -> None:
        await self._hear()
        await self._on("load a page", lambda driver: driver.get(url), GO_TIMEOUT_S)
        await self._listen()

    async def evaluate(self, function: str, argument: Any = None) -> Any:

        def run(driver: WebDriver) -> tuple[Any, Any]:
            # What the page said before it answered is heard before its answer.
            answer = driver.execute_async_script(_CALL, function, argument)
            return answer, driver.execute_script(_HEAR)

        answer, said = await self._on("run a script in the page", run)
        for text in said or []:
            self._heard(str(text))
        if "error" in answer:
            raise TargetNotReady(f"could not run a script in the page: {answer['error']}")
        return answer["value"]

    async def reload(self) -> None:
        await self._hear()
        await self._on("reload a page", lambda driver: driver.refresh(), GO_TIMEOUT_S)
        await self._listen()

    async def back(self) -> None:
        await self._travel("go back", WebDriver.back)

    async def forward(self) -> None:
        await self._travel("go forward", WebDriver.forward)

    async def _travel(self, what: str, command: Callable[[WebDriver], None]) -> None:
        """Let the driver travel. No script does: one whose page goes into the cache before it has
        answered never answers, and nobody hears of that (WebKitGTK 2.50)."""
        await self._hear()
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
            raise HarnessError(f"WebDriver knows one way to close a page, not {how.value}")
        await self._hear()
        self.stop()
        await self._on("close a window", lambda driver: driver.close())

        async def is_gone() -> bool:
            handles = await self._line.call("list the windows", lambda d: d.window_handles)
            return self._handle not in handles

        await wait_until("the window is closed", is_gone, timeout_s=EVALUATE_TIMEOUT_S)

    async def screenshot(self) -> bytes:
        return await self._on("take a screenshot", lambda driver: driver.get_screenshot_as_png())

    async def freeze(self, frozen: bool) -> None:
        raise HarnessError("WebDriver cannot freeze a page")

    async def heap_bytes(self) -> int:
        raise HarnessError("WebDriver cannot weigh a page's memory")

    async def start_listening(self) -> None:
        """Fetch what the page says from now on, until it closes."""
        self._listening = asyncio.create_task(self._keep_listening())

    def stop(self) -> None:
        """Listen no more."""
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def _keep_listening(self) -> None:
        while True:
            await pause(LISTEN_EVERY_S)
            with contextlib.suppress(HarnessError):  # whoever acts on the page hears of it
                await self._hear()

    async def _listen(self) -> None:
        await self._on(
            "listen to the page", lambda driver: driver.execute_script(self._begin_to_listen)
        )

    async def _hear(self) -> None:
        said = await self._on("hear the page", lambda driver: driver.execute_script(_HEAR))
        for text in said or []:
            self._heard(str(text))

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

        return await self._line.call(what, switched, timeout_s)


def _line(error: WebDriverException) -> str:
    text = " ".join(str(error.msg or error).split())
    return json.dumps(text)[1:-1] if text else type(error).__name__
