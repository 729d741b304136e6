"""The protocols of browsers and pages, the same for every driver.

A *page* is one tab (or window, where a driver cannot switch between tabs) and a *browser* is a
running program with a profile. ``can`` has the capabilities of a browser's driver; a scenario that
needs another one is planned as *unsupported* there, never skipped silently.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from harness.core.errors import HarnessError

OnEvent = Callable[[str], None]
"""Receives each text that a page gives to its binding."""

NOTHING_EARLIER = "() => []"
"""The ``earlier`` function of a page that keeps no events from before a driver listened to it."""

GO_TIMEOUT_S = 15.0
"""Timeout of a page's load."""
EVALUATE_TIMEOUT_S = 15.0


class BrowserLost(HarnessError):
    """The browser died, hung or lost its connection; the run's evidence is incomplete."""


class Can(enum.Enum):
    """A capability that a driver may have or lack. The value is its text in reports."""

    HIDE = "hide a page"
    SWITCH_TABS = "switch between tabs"
    OFFLINE = "go offline"
    FREEZE = "freeze a page"
    TRACE = "keep a trace"
    HEAP = "measure a page's heap"
    MAIN_THREAD = "measure a page's main thread"
    RESTORE = "restore its tabs after a crash"
    CRASH_PAGE = "crash a single page"
    CLOSE_ASKING = "close a page and ask it first"
    CLOSE_BY_SCRIPT = "let a page close itself"
    DOUBLE_CLICK = "double click"


class Closing(enum.Enum):
    """How a tab is closed. The value is the word used in arms and reports."""

    DEFAULT = "default"
    """As the engine's driver closes tabs: as if the close button had been pressed."""
    ASKING = "asking"
    """The same, and the page is asked first: ``beforeunload`` (``Can.CLOSE_ASKING``)."""
    SCRIPT = "script"
    """The page closes itself, ``window.close()``: it must have been opened by a script
    (``Can.CLOSE_BY_SCRIPT``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserFacts:
    """Which browser ran. ``kind``: stock, playwright, emulated, device or remote.

    ``name`` is the level of the arm's factor ``browser``; ``product`` is the vendor's name for it.
    """

    name: str
    product: str
    version: str
    platform: str
    kind: str = "stock"
    user_agent: str = ""


class Page(Protocol):
    """One tab. Every call has a timeout; a call on a dead browser raises BrowserLost.

    JavaScript is given as the text of a function of at most one argument, which is passed as JSON;
    so is its return value (or what its promise resolves to).
    """

    async def go(self, url: str) -> None:
        """Load ``url`` as if it had been typed; return when it has loaded."""

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        """Call a function in the page and return its value, promises awaited.

        The events that the page reported before it answered have been delivered then.
        """

    async def click(self, selector: str, *, times: int = 1) -> None:
        """Click the first element of a CSS selector as a mouse does; two ``times`` are a double
        click (``Can.DOUBLE_CLICK``). Raises TargetNotReady when none can be clicked."""

    async def reload(self) -> None:
        """Reload the page."""

    async def back(self) -> None:
        """Go back in the tab's history; return when the previous page is shown again."""

    async def forward(self) -> None:
        """Go forward in the history."""

    async def hide(self) -> None:
        """Put the page behind another, or minimise it, so that it is hidden (``Can.HIDE``)."""

    async def front(self) -> None:
        """Bring the page to the front, so that it is visible."""

    async def close(self, how: Closing = Closing.DEFAULT) -> None:
        """Close the tab; ``pagehide`` fires."""

    async def screenshot(self) -> bytes:
        """Return a screenshot as PNG; the page must be in front."""

    async def freeze(self, frozen: bool) -> None:
        """Freeze or resume the page (``Can.FREEZE``)."""

    async def heap_bytes(self) -> int:
        """Collect garbage, then return the used bytes of the page's JavaScript heap
        (``Can.HEAP``)."""

    async def main_thread_s(self) -> Mapping[str, float]:
        """Return for how long the page's main thread has worked since it was first asked, in
        seconds, by ``main_thread``, ``script``, ``style`` and ``layout`` (``Can.MAIN_THREAD``)."""


class RestoredPage(Page, Protocol):
    """A tab that a browser restored."""

    async def listen(self, on_event: OnEvent, earlier: str = NOTHING_EARLIER) -> None:
        """Receive the page's events from now on; ``earlier`` as in ``Browser.open_page``."""


@runtime_checkable
class Restores(Protocol):
    """A browser that restores its tabs after a crash (``Can.RESTORE``).

    Methods only: ``isinstance`` would read properties, which fails on a dead browser.
    """

    async def crash(self) -> None:
        """SIGKILL the browser and all its processes; return when they are gone."""

    async def restart(self) -> Sequence[RestoredPage]:
        """Start it again with the same profile; return the pages that it restored, all loaded.

        A page that loads only in front is put there once.
        """


@runtime_checkable
class CrashesPages(Protocol):
    """A browser that can crash a single page (``Can.CRASH_PAGE``)."""

    async def crash_page(self, page: Page) -> RestoredPage:
        """Crash the renderer of the only tab, then reload it; return the page when it has loaded.

        Raises HarnessError when other tabs are open: their drivers would lose them.
        """


@runtime_checkable
class ClearsSites(Protocol):
    """A browser whose driver can clear a site's data."""

    async def clear_site(self, url: str) -> None:
        """Remove all data of the URL's origin, cookies included; open pages stay open."""


class Browser(Protocol):
    """One running browser with a profile of its own; an async context manager.

    Leaving it ends every process that it started.
    """

    can: frozenset[Can]

    @property
    def facts(self) -> BrowserFacts:
        """Return which browser this is."""

    @property
    def processes(self) -> Mapping[str, int]:
        """Return name → process id of the processes that the machine witness watches."""

    async def open_page(
        self,
        on_event: OnEvent,
        *,
        earlier: str = NOTHING_EARLIER,
        behind: bool = False,
        by_script: bool = False,
    ) -> Page:
        """Open a tab in front, or ``behind`` the one that is in front.

        ``by_script``: another page opens it, so that it may close itself.

        ``on_event`` receives each text that the page gives to its binding
        (``harness.target.page``); how much of a closing page's arrives depends on the engine. A
        driver that starts listening after the load calls ``earlier`` in the page, a function that
        returns the texts given before.
        """

    async def set_cookies(self, url: str, cookies: Mapping[str, str]) -> None:
        """Set cookies for the origin of ``url``, a page without side effects that may be opened for
        it; an empty mapping signs out."""

    async def set_offline(self, offline: bool) -> None:
        """Switch the browser offline or online (``Can.OFFLINE``)."""

    async def console(self) -> list[str]:
        """Return the console messages of its pages so far; empty where the driver has none."""

    async def requests(self) -> list[dict[str, Any]]:
        """Return the requests of its pages so far as entries of a HAR; empty where the driver
        reports none (``Can.TRACE``)."""

    async def start_trace(self) -> None:
        """Start recording a trace (``Can.TRACE``)."""

    async def stop_trace(self, path: str | None) -> None:
        """Write the trace to ``path``, or discard it (``Can.TRACE``)."""

    async def forget(self) -> None:
        """Close every page and delete all cookies, so that the next run has no user signed in."""

    async def __aenter__(self) -> Browser:
        """Start it. Raises HarnessError with the reason when it does not start."""

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        """Stop it and every process that it started."""
