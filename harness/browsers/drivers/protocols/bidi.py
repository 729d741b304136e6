"""A Firefox that came back after a crash, spoken to over WebDriver BiDi by us.

Playwright overlooks every tab that is there before its own first one (1.64.1), so it can never see
what a browser restored. What is asked of restored tabs is little: look, put in front, hide, close.
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
    Heard,
)
from harness.browsers.drivers.protocols.socket_connection import SocketLine, ended
from harness.core.clock import NS_PER_S, now, pause
from harness.core.errors import HarnessError, TargetNotReady, WaitTimeout
from harness.core.wait import wait_until
from harness.target.page import BINDING

START_TIMEOUT_S = 60.0
"""How long a browser that is busy with bringing its tabs back may take to answer at all."""
RESTORE_TIMEOUT_S = 60.0
"""How long the tabs of its session may take to be back; they come three at a time."""
LISTEN_EVERY_S = 0.1
_QUIET_S = 1.5

_CALL = "async (text) => JSON.stringify((await ({function})(JSON.parse(text))) ?? null)"
_HEAR = f"""() => {{{{
  if (typeof window.{BINDING} !== "function") {{{{
    const said = window.__said = ({{earlier}})();
    window.{BINDING} = (text) => {{{{ said.push(text); }}}};
  }}}}
  return window.__said.splice(0);
}}}}"""


class BidiLine(SocketLine):
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

    def __init__(self, line: BidiLine, context: str, home: str) -> None:
        self._line = line
        self._context = context
        self._home = home
        self._heard: Heard | None = None
        self._hear_script = _HEAR.format(earlier=NOTHING_EARLIER)
        self._listening: asyncio.Task[None] | None = None

    async def listen(self, heard: Heard, earlier: str = NOTHING_EARLIER) -> None:
        """Fetch what the page told, from its beginning on, until it closes."""
        self._heard, self._hear_script = heard, _HEAR.format(earlier=earlier)
        await self._hear()
        self._listening = asyncio.create_task(self._keep_listening())

    async def go(self, url: str) -> None:
        await self._hear()
        await self._line.call(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        """Call a function in the page; what the page told before is heard before."""
        answer = await self._call(function, argument)
        await self._hear()
        return answer

    async def reload(self) -> None:
        await self._hear()
        await self._line.call("browsingContext.reload", context=self._context, wait="complete")

    async def back(self) -> None:
        await self._travel(-1)

    async def forward(self) -> None:
        await self._travel(1)

    async def _travel(self, delta: int) -> None:
        here = await self._call("() => location.href")
        await self._hear()
        await self._line.call("browsingContext.traverseHistory", context=self._context, delta=delta)

        async def is_elsewhere() -> bool:
            try:
                return bool(await self._call("() => location.href") != here)
            except TargetNotReady:  # the document that was asked is gone: on its way
                return False

        await wait_until(
            "the page has gone through its history", is_elsewhere, timeout_s=GO_TIMEOUT_S
        )

    async def hide(self) -> None:
        """Put another tab in front."""
        await self._line.call("browsingContext.activate", context=self._home)
        await self._until("hidden")

    async def front(self) -> None:
        await self._line.call("browsingContext.activate", context=self._context)
        await self._until("visible")

    async def close(self, how: Closing = Closing.DEFAULT) -> None:
        if how is not Closing.DEFAULT:
            raise HarnessError(f"a restored tab is closed in one way, not {how.value}")
        await self._hear()
        if self._listening is not None:
            await ended(self._listening)
            self._listening = None
        await self._line.call("browsingContext.close", context=self._context)

    async def screenshot(self) -> bytes:
        raise HarnessError("of a restored tab no picture is taken")

    async def freeze(self, frozen: bool) -> None:
        raise HarnessError("Firefox cannot freeze a page")

    async def heap_bytes(self) -> int:
        raise HarnessError("Firefox does not weigh a page's memory")

    async def _call(self, function: str, argument: Any = None) -> Any:
        result = await self._line.call(
            "script.callFunction",
            functionDeclaration=_CALL.replace("{function}", function),
            arguments=[{"type": "string", "value": json.dumps(argument)}],
            target={"context": self._context},
            awaitPromise=True,
        )
        if result.get("type") != "success":
            words = result.get("exceptionDetails", {}).get("text", "it failed")
            raise TargetNotReady(f"could not run a script in the page: {words}")
        return json.loads(result["result"]["value"])

    async def _hear(self) -> None:
        if self._heard is not None:
            for text in await self._call(self._hear_script):
                self._heard(str(text))

    async def _keep_listening(self) -> None:
        while True:
            await pause(LISTEN_EVERY_S)
            with contextlib.suppress(HarnessError):  # whoever acts on the page hears of it
                await self._hear()

    async def _until(self, state: str) -> None:
        async def is_so() -> bool:
            return bool(await self._call("() => document.visibilityState") == state)

        await wait_until(f"the page is {state}", is_so, timeout_s=GO_TIMEOUT_S)


async def restored_pages(line: BidiLine, saved: int | None) -> tuple[list[BidiPage], str]:
    """Return the tabs that the browser brought back, each loaded, and the home.

    ``saved`` is how many its session file names: so many are waited for, as a busy browser brings
    them back one by one with long pauses. None: until no more of them appear. Raises WaitTimeout
    when they do not all come: a late one would visit beside those who were opened in its place.
    """
    seen: list[str] = []
    since_ns = now().mono_ns

    async def all_there() -> bool:
        nonlocal seen, since_ns
        tree = (await line.call("browsingContext.getTree", maxDepth=0))["contexts"]
        found = [str(one["context"]) for one in tree if str(one["url"]).startswith("http")]
        if found != seen:
            seen, since_ns = found, now().mono_ns
        if saved is not None:
            return len(seen) >= saved and await _have_loaded(line, seen)
        return bool(seen) and (now().mono_ns - since_ns) / NS_PER_S >= _QUIET_S

    if saved is not None:
        await wait_until(
            f"the {saved} tabs of its session are back",
            all_there,
            timeout_s=RESTORE_TIMEOUT_S,
            interval_s=0.2,
        )
    else:
        with contextlib.suppress(WaitTimeout):  # it brought nothing back: whoever asked counts them
            await wait_until("the tabs are back", all_there, timeout_s=GO_TIMEOUT_S, interval_s=0.2)
    home = str((await line.call("browsingContext.create", type="tab"))["context"])
    return [BidiPage(line, context, home) for context in seen], home


async def _have_loaded(line: BidiLine, contexts: Sequence[str]) -> bool:
    """Return whether every tab has loaded; one that is on its way to another document has not."""
    try:
        states = [
            await BidiPage(line, one, "").evaluate("() => document.readyState") for one in contexts
        ]
    except TargetNotReady:
        return False
    return all(state == "complete" for state in states)


async def opened_page(
    line: BidiLine, home: str, heard: Heard, earlier: str = NOTHING_EARLIER
) -> BidiPage:
    """Open a tab in front."""
    context = str((await line.call("browsingContext.create", type="tab"))["context"])
    page = BidiPage(line, context, home)
    await page.listen(heard, earlier)
    return page


async def put_cookies(line: BidiLine, url: str, cookies: Mapping[str, str]) -> None:
    """Set cookies for an origin, or clear them all."""
    if not cookies:
        await line.call("storage.deleteCookies")
    for name, value in cookies.items():
        cookie = {
            "name": name,
            "value": {"type": "string", "value": value},
            "domain": urlsplit(url).hostname,
            "path": "/",
        }
        await line.call("storage.setCookie", cookie=cookie)
