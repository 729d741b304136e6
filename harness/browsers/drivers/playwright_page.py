"""A page driven by Playwright, in any engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import BrowserContext, CDPSession
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page as Driven

from harness.browsers.base import (
    EVALUATE_TIMEOUT_S,
    GO_TIMEOUT_S,
    NOTHING_EARLIER,
    BrowserLost,
    Closing,
    OnEvent,
)
from harness.core.errors import HarnessError, TargetNotReady
from harness.core.wait import wait_until
from harness.target.page import BINDING

_GONE = ("has been closed", "crashed", "Connection closed", "was detached", "disconnected")
_MAIN_THREAD = {
    "main_thread": "TaskDuration",
    "script": "ScriptDuration",
    "style": "RecalcStyleDuration",
    "layout": "LayoutDuration",
}
"""What the main thread does, and the metric of CDP's ``Performance`` that says for how long (s)."""


class PlaywrightPage:
    """One tab. ``home`` is a page that can be put in front of it."""

    def __init__(self, driven: Driven, home: Driven) -> None:
        self.driven = driven
        self._home = home
        self._counting: CDPSession | None = None

    async def listen(self, on_event: OnEvent, earlier: str = NOTHING_EARLIER) -> None:
        # Called before the page loads: it has no earlier events.
        async with bounded("add the page's binding"):
            await self.driven.expose_function(BINDING, lambda text: on_event(str(text)))

    async def go(self, url: str) -> None:
        async with bounded("load a page", GO_TIMEOUT_S + 5):
            await self.driven.goto(url, timeout=GO_TIMEOUT_S * 1000)

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        async with bounded("run a script in the page", EVALUATE_TIMEOUT_S):
            return await self.driven.evaluate(function, argument)

    async def click(self, selector: str, *, times: int = 1) -> None:
        async with bounded("click in the page", EVALUATE_TIMEOUT_S + 5):
            await self.driven.locator(selector).first.click(
                click_count=times, timeout=EVALUATE_TIMEOUT_S * 1000
            )

    async def reload(self) -> None:
        async with bounded("reload a page", GO_TIMEOUT_S + 5):
            await self.driven.reload(timeout=GO_TIMEOUT_S * 1000)

    async def back(self) -> None:
        await self._travel("back")

    async def forward(self) -> None:
        await self._travel("forward")

    async def _travel(self, where: str) -> None:
        """Go ``back`` or ``forward``.

        By script: Playwright waits for a load event that a page from the back/forward cache never
        fires, and its URL of the page is stale afterwards.
        """
        here = await self.evaluate("() => location.href")
        await self.evaluate(f"() => void setTimeout(() => history.{where}(), 0)")

        async def is_elsewhere() -> bool:
            try:
                return bool(await self.evaluate("() => location.href") != here)
            except TargetNotReady:  # the old document is gone: the navigation is under way
                return False

        await wait_until(f"the page has gone {where}", is_elsewhere, timeout_s=GO_TIMEOUT_S)

    async def hide(self) -> None:
        """Put another tab in front."""
        async with bounded("switch tabs"):
            await self._home.bring_to_front()
        await self._until("hidden")

    async def front(self) -> None:
        async with bounded("switch tabs"):
            await self.driven.bring_to_front()
        await self._until("visible")

    async def close(self, how: Closing = Closing.DEFAULT) -> None:
        gone = asyncio.Event()
        self.driven.once("close", lambda _: gone.set())
        async with bounded("close a page"):
            if how is Closing.SCRIPT:
                # Later: a page that closes itself cannot answer.
                await self.driven.evaluate("() => void setTimeout(() => window.close(), 0)")
            else:
                await self.driven.close(run_before_unload=how is Closing.ASKING)
        await wait_until(
            "the tab is closed",
            lambda: gone.is_set() or self.driven.is_closed(),
            timeout_s=EVALUATE_TIMEOUT_S,
        )

    async def screenshot(self) -> bytes:
        """Return a screenshot; the page must be in front, a hidden one is not painted."""
        async with bounded("take a screenshot"):
            return await self.driven.screenshot(timeout=EVALUATE_TIMEOUT_S * 1000)

    async def freeze(self, frozen: bool) -> None:
        """Freeze the page: CDP's ``Page.setWebLifecycleState``, so Chromium only."""
        async with bounded("freeze a page"):
            session = await self.driven.context.new_cdp_session(self.driven)
            state = "frozen" if frozen else "active"
            await session.send("Page.setWebLifecycleState", {"state": state})
            await session.detach()

    async def heap_bytes(self) -> int:
        """Measure the heap: CDP's ``HeapProfiler`` and ``Performance``, so Chromium only."""
        async with bounded("measure a page's heap"):
            session = await self.driven.context.new_cdp_session(self.driven)
            await session.send("Performance.enable")
            await session.send("HeapProfiler.collectGarbage")
            metrics = (await session.send("Performance.getMetrics"))["metrics"]
            await session.detach()
        return int(next(m["value"] for m in metrics if m["name"] == "JSHeapUsedSize"))

    async def main_thread_s(self) -> Mapping[str, float]:
        """Measure the main thread: CDP's ``Performance``, which counts from when it is enabled."""
        async with bounded("measure a page's main thread"):
            if self._counting is None:
                self._counting = await self.driven.context.new_cdp_session(self.driven)
                await self._counting.send("Performance.enable")
            metrics = (await self._counting.send("Performance.getMetrics"))["metrics"]
        found = {metric["name"]: float(metric["value"]) for metric in metrics}
        return {name: found[metric] for name, metric in _MAIN_THREAD.items()}

    async def _until(self, state: str) -> None:
        async def is_so() -> bool:
            return bool(await self.evaluate("() => document.visibilityState") == state)

        await wait_until(f"the page is {state}", is_so, timeout_s=EVALUATE_TIMEOUT_S)


async def new_page(
    context: BrowserContext, make: Callable[[], Awaitable[Any]], home: Driven, on_event: OnEvent
) -> PlaywrightPage:
    """Return the page that the browser opens because of ``make``."""
    async with bounded("open a tab"):
        async with context.expect_page(timeout=GO_TIMEOUT_S * 1000) as opening:
            await make()
        page = PlaywrightPage(await opening.value, home)
    await page.listen(on_event)
    return page


@asynccontextmanager
async def bounded(what: str, timeout_s: float = EVALUATE_TIMEOUT_S) -> AsyncIterator[None]:
    """Limit a driver call to ``timeout_s`` and translate its errors; ``what`` names it in them.

    Raises BrowserLost when the browser is gone or hangs, else TargetNotReady with its message.
    """
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except TimeoutError as error:
        raise BrowserLost(f"the browser hung: it did not {what} in {timeout_s:g} s") from error
    except PlaywrightError as error:
        raise translated(what, error) from error


def translated(what: str, error: PlaywrightError) -> HarnessError:
    """Return Playwright's error as a HarnessError with a message of one line."""
    line = " ".join(error.message.split("\nCall log:")[0].split())
    if any(word in line for word in _GONE):
        return BrowserLost(f"the browser or its page is gone: could not {what}: {line}")
    return TargetNotReady(f"could not {what}: {line}")
