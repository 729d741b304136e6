"""What a browser is to the harness: one small protocol, whatever drives it.

A *page* is one tab (or window, where an engine has no tabs that one could switch between) and a
*browser* is a running program with a profile. What an engine's driver cannot do is not in its
``can``; a scenario that needs it is planned as *unsupported* there, never skipped in silence.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from harness.core.errors import HarnessError

Heard = Callable[[str], None]

NOTHING_EARLIER = "() => []"
"""The function of a page that keeps no texts from before a driver listened to it."""

GO_TIMEOUT_S = 15.0
"""How long a page may take to load; a page that hangs longer is given up."""
EVALUATE_TIMEOUT_S = 15.0


class BrowserLost(HarnessError):
    """The browser died, hung or lost its connection; the run's evidence is not whole."""


class Can(enum.Enum):
    """What an engine's driver may or may not be able to do. The value says it to readers."""

    HIDE = "hide a page"
    SWITCH_TABS = "switch between tabs"
    OFFLINE = "go offline"
    FREEZE = "freeze a page"
    TRACE = "keep a trace"
    HEAP = "weigh a page's memory"
    RESTORE = "bring its tabs back after a crash"
    CRASH_PAGE = "let one page crash"
    CLOSE_ASKING = "close a page and ask it first"
    CLOSE_BY_SCRIPT = "let a page close itself"


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
    """What ran. ``kind``: stock, playwright, emulated, device or remote.

    ``name`` is the level of the arm's factor ``browser``; ``product`` is what its maker calls it.
    """

    name: str
    product: str
    version: str
    platform: str
    kind: str = "stock"
    user_agent: str = ""


class Page(Protocol):
    """One tab. Every call ends within its bound; a call on a dead browser raises BrowserLost.

    JavaScript is given as the text of a function of at most one argument, which travels as JSON;
    what it returns (or its promise resolves to) comes back the same way.
    """

    async def go(self, url: str) -> None:
        """Load ``url`` as if it had been typed; returns when it has loaded."""

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        """Call a function in the page and return what it returned, promises awaited.

        The texts that the page gave to its binding before it answered have been heard.
        """

    async def reload(self) -> None:
        """Load the page anew."""

    async def back(self) -> None:
        """Go back in the tab's history; returns when the page that was left is there again."""

    async def forward(self) -> None:
        """Go forward in the history."""

    async def hide(self) -> None:
        """Put the page behind another, or minimise it: it becomes hidden (``Can.HIDE``)."""

    async def front(self) -> None:
        """Bring the page to the front, where it is visible."""

    async def close(self, how: Closing = Closing.DEFAULT) -> None:
        """Close the tab; ``pagehide`` fires."""

    async def screenshot(self) -> bytes:
        """Return what is to be seen, as PNG; the page must be in front."""

    async def freeze(self, frozen: bool) -> None:
        """Freeze the page or let it run again (``Can.FREEZE``)."""

    async def heap_bytes(self) -> int:
        """Collect garbage, then return the bytes of the page's JavaScript heap that are in use
        (``Can.HEAP``)."""


class RestoredPage(Page, Protocol):
    """A tab that a browser brought back by itself."""

    async def listen(self, heard: Heard, earlier: str = NOTHING_EARLIER) -> None:
        """Hear what the page tells from now on; ``earlier`` is ``Browser.open_page``'s."""


@runtime_checkable
class Restores(Protocol):
    """A browser that can die and bring its tabs back by itself (``Can.RESTORE``).

    Methods only: asking a dead browser whether it is one must not ask for anything of it.
    """

    async def crash(self) -> None:
        """SIGKILL the browser and all its processes; returns when they are gone."""

    async def restart(self) -> Sequence[RestoredPage]:
        """Start it again with the profile it had; return the pages that it restored by itself.

        All of them have loaded, if need be because they were put in front.
        """


@runtime_checkable
class CrashesPages(Protocol):
    """A browser that can let the process of one page die (``Can.CRASH_PAGE``)."""

    async def crash_page(self, page: Page) -> RestoredPage:
        """Kill the process of the only tab's page, then reload it; return it when it has loaded.

        Raises HarnessError where other tabs are open: their drivers would lose them.
        """


@runtime_checkable
class ClearsSites(Protocol):
    """A browser that clears a site's data by a command of its own."""

    async def clear_site(self, url: str) -> None:
        """Remove all that is kept for the URL's origin, its cookies too; open pages stay open."""


class Browser(Protocol):
    """One running browser with a profile of its own; an async context manager.

    Leaving it ends every process that it started.
    """

    can: frozenset[Can]

    @property
    def facts(self) -> BrowserFacts:
        """Return what this is."""

    @property
    def processes(self) -> Mapping[str, int]:
        """Return name → process id of what the machine witness should watch."""

    async def open_page(
        self,
        heard: Heard,
        *,
        earlier: str = NOTHING_EARLIER,
        behind: bool = False,
        by_script: bool = False,
    ) -> Page:
        """Open a tab in front, or ``behind`` the one that is in front.

        ``by_script``: another page opens it, so that it may close itself.

        ``heard`` gets each text that the page gives to its binding (``harness.target.page``), as
        far as the engine lets a closing page speak. A driver that begins to listen when the page
        has loaded calls ``earlier`` there, a function that returns the texts given before.
        """

    async def set_cookies(self, url: str, cookies: Mapping[str, str]) -> None:
        """Set cookies for the origin of ``url``, a page without effect that may be opened for it;
        an empty mapping signs out."""

    async def set_offline(self, offline: bool) -> None:
        """Take the browser's network away or give it back (``Can.OFFLINE``)."""

    async def console(self) -> list[str]:
        """Return what pages wrote to their consoles so far, where the driver tells."""

    async def start_trace(self) -> None:
        """Begin to keep a trace (``Can.TRACE``)."""

    async def stop_trace(self, path: str | None) -> None:
        """Write the trace to ``path``, or drop it (``Can.TRACE``)."""

    async def forget(self) -> None:
        """Close every page and drop all cookies, so that the next run finds no user signed in."""

    async def __aenter__(self) -> Browser:
        """Start it. Raises HarnessError with the reason when it does not come up."""

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        """End it and everything it started."""
