"""Drive a Firefox that was restarted after a crash, over WebDriver BiDi without Playwright.

Playwright overlooks every tab that is there before its own first one (1.64.1), so it cannot see
restored tabs. Few commands are needed for them: evaluate, activate, close.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

from harness.browsers.base import (
    GO_TIMEOUT_S,
    NOTHING_EARLIER,
    Closing,
    OnEvent,
)
from harness.browsers.drivers.protocols.socket_connection import SocketConnection, ended
from harness.core.clock import NS_PER_S, now, pause
from harness.core.errors import HarnessError, TargetNotReady, WaitTimeout
from harness.core.wait import wait_until
from harness.target.page import BINDING

START_TIMEOUT_S = 60.0
"""How long a browser that is busy restoring its tabs may take to answer at all."""
RESTORE_TIMEOUT_S = 60.0
"""How long the tabs of its session may take to load; Firefox restores three at a time."""
LISTEN_EVERY_S = 0.1
_QUIET_S = 1.5

_CALL = "async (text) => JSON.stringify((await ({function})(JSON.parse(text))) ?? null)"
_FETCH = f"""() => {{{{
  if (typeof window.{BINDING} !== "function") {{{{
    const events = window.__impressionEvents = ({{earlier}})();
    window.{BINDING} = (text) => {{{{ events.push(text); }}}};
  }}}}
  return window.__impressionEvents.splice(0);
}}}}"""


class BidiConnection(SocketConnection):
    """One BiDi session; an async context manager."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        try:
            await self.call("session.new", START_TIMEOUT_S, capabilities={})
        except BaseException:
            await self.__aexit__()
            raise
        return self


class BidiPage:
    """One tab. ``home`` is another tab that can be put in front of it."""

    def __init__(self, connection: BidiConnection, context: str, home: str) -> None:
        self._connection = connection
        self._context = context
        self._home = home
        self._on_event: OnEvent | None = None
        self._fetch_script = _FETCH.format(earlier=NOTHING_EARLIER)
        self._listening: asyncio.Task[None] | None = None

    async def listen(self, on_event: OnEvent, earlier: str = NOTHING_EARLIER) -> None:
        """Fetch the page's events, the earliest included, until it closes."""
        self._on_event, self._fetch_script = on_event, _FETCH.format(earlier=earlier)
        await self._fetch_events()
        self._listening = asyncio.create_task(self._keep_listening())

    async def go(self, url: str) -> None:
        await self._fetch_events()
        await self._connection.call(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        """Call a function in the page, then deliver the events that the page reported before."""
        result = await self._call(function, argument)
        await self._fetch_events()
        return result

    async def click(self, selector: str, *, times: int = 1) -> None:
        raise HarnessError("Unsupported: no click is made in a restored tab of Firefox")

    async def reload(self) -> None:
        await self._fetch_events()
        await self._connection.call(
            "browsingContext.reload", context=self._context, wait="complete"
        )

    async def back(self) -> None:
        await self._travel(-1)

    async def forward(self) -> None:
        await self._travel(1)

    async def _travel(self, delta: int) -> None:
        here = await self._call("() => location.href")
        await self._fetch_events()
        await self._connection.call(
            "browsingContext.traverseHistory", context=self._context, delta=delta
        )

        async def is_elsewhere() -> bool:
            try:
                return bool(await self._call("() => location.href") != here)
            except TargetNotReady:  # the old document is gone: the navigation is under way
                return False

        await wait_until(
            "the page has gone through its history", is_elsewhere, timeout_s=GO_TIMEOUT_S
        )

    async def hide(self) -> None:
        """Put another tab in front."""
        await self._connection.call("browsingContext.activate", context=self._home)
        await self._until("hidden")

    async def front(self) -> None:
        await self._connection.call("browsingContext.activate", context=self._context)
        await self._until("visible")

    async def close(self, how: Closing = Closing.DEFAULT) -> None:
        if how is not Closing.DEFAULT:
            raise HarnessError(
                f"Unsupported: WebDriver BiDi cannot close a tab this way: {how.value}"
            )
        await self._fetch_events()
        if self._listening is not None:
            await ended(self._listening)
            self._listening = None
        await self._connection.call("browsingContext.close", context=self._context)

    async def screenshot(self) -> bytes:
        raise HarnessError("Unsupported: no screenshot is taken of a restored tab")

    async def freeze(self, frozen: bool) -> None:
        raise HarnessError("Unsupported: Firefox cannot freeze a page")

    async def heap_bytes(self) -> int:
        raise HarnessError("Unsupported: Firefox cannot measure a page's heap")

    async def main_thread_s(self) -> Mapping[str, float]:
        raise HarnessError("Unsupported: Firefox cannot measure a page's main thread")

    async def _call(self, function: str, argument: Any = None) -> Any:
        result = await self._connection.call(
            "script.callFunction",
            functionDeclaration=_CALL.replace("{function}", function),
            arguments=[{"type": "string", "value": json.dumps(argument)}],
            target={"context": self._context},
            awaitPromise=True,
        )
        if result.get("type") != "success":
            reason = result.get("exceptionDetails", {}).get("text", "it failed")
            raise TargetNotReady(f"could not run a script in the page: {reason}")
        return json.loads(result["result"]["value"])

    async def _fetch_events(self) -> None:
        if self._on_event is not None:
            for text in await self._call(self._fetch_script):
                self._on_event(str(text))

    async def _keep_listening(self) -> None:
        while True:
            await pause(LISTEN_EVERY_S)
            with contextlib.suppress(HarnessError):  # the next call on the page raises it
                await self._fetch_events()

    async def _until(self, state: str) -> None:
        async def is_so() -> bool:
            return bool(await self._call("() => document.visibilityState") == state)

        await wait_until(f"the page is {state}", is_so, timeout_s=GO_TIMEOUT_S)


async def restored_pages(
    connection: BidiConnection, saved: int | None
) -> tuple[list[BidiPage], str]:
    """Return the tabs that the browser restored, each loaded, and the context id of the home tab.

    ``saved`` is the number of tabs in its session file, all of which are waited for: a busy
    browser restores them one by one with long pauses. None: wait until no more of them appear.
    Raises WaitTimeout when some are missing: restored later, they would add visits to the run.
    """
    seen: list[str] = []
    since_ns = now().mono_ns

    async def all_there() -> bool:
        nonlocal seen, since_ns
        tree = (await connection.call("browsingContext.getTree", maxDepth=0))["contexts"]
        contexts = [str(one["context"]) for one in tree if str(one["url"]).startswith("http")]
        if contexts != seen:
            seen, since_ns = contexts, now().mono_ns
        if saved is not None:
            return len(seen) >= saved and await _have_loaded(connection, seen)
        return bool(seen) and (now().mono_ns - since_ns) / NS_PER_S >= _QUIET_S

    if saved is not None:
        await wait_until(
            f"the {saved} tabs of its session are restored",
            all_there,
            timeout_s=RESTORE_TIMEOUT_S,
            interval_s=0.2,
        )
    else:
        with contextlib.suppress(WaitTimeout):  # it restored nothing: the caller counts the tabs
            await wait_until(
                "the tabs are restored", all_there, timeout_s=GO_TIMEOUT_S, interval_s=0.2
            )
    home = str((await connection.call("browsingContext.create", type="tab"))["context"])
    return [BidiPage(connection, context, home) for context in seen], home


async def _have_loaded(connection: BidiConnection, contexts: Sequence[str]) -> bool:
    """Return whether every tab has loaded; one that is navigating has not."""
    try:
        states = [
            await BidiPage(connection, one, "").evaluate("() => document.readyState")
            for one in contexts
        ]
    except TargetNotReady:
        return False
    return all(state == "complete" for state in states)


async def opened_page(
    connection: BidiConnection, home: str, on_event: OnEvent, earlier: str = NOTHING_EARLIER
) -> BidiPage:
    """Open a tab in front."""
    context = str((await connection.call("browsingContext.create", type="tab"))["context"])
    page = BidiPage(connection, context, home)
    await page.listen(on_event, earlier)
    return page


async def put_cookies(connection: BidiConnection, url: str, cookies: Mapping[str, str]) -> None:
    """Set cookies for an origin, or clear them all."""
    if not cookies:
        await connection.call("storage.deleteCookies")
    for name, value in cookies.items():
        cookie = {
            "name": name,
            "value": {"type": "string", "value": value},
            "domain": urlsplit(url).hostname,
            "path": "/",
        }
        await connection.call("storage.setCookie", cookie=cookie)
