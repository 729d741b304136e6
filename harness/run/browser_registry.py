"""The browsers of a run and the tabs that are open in them, for every part that needs to know."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from harness.browsers.base import Browser
from harness.browsers.evidence import MOST_SCREENSHOTS, keep_evidence
from harness.browsers.visitor import Tab


class BrowserRegistry:
    """Visitors add and remove; the network, quiescence and the machine witness look."""

    def __init__(self) -> None:
        self._browsers: list[Browser] = []
        self._drivers: dict[int, str] = {}
        self._tabs: dict[Tab, Browser] = {}
        self._screenshots: list[bytes] = []
        self.until_stored: Callable[[str, float], Awaitable[bool]] | None = None
        """Waits until what a user was shown is stored; every tab is given it."""

    @property
    def tabs(self) -> list[Tab]:
        """Return the open tabs, in the order of opening."""
        return list(self._tabs)

    def tabs_in(self, browser: Browser) -> list[Tab]:
        """Return the open tabs of one browser."""
        return [tab for tab, owner in self._tabs.items() if owner is browser]

    def has_tabs(self) -> bool:
        """Return whether a tab is open."""
        return bool(self._tabs)

    def processes(self) -> dict[str, int]:
        """Return name → process id of what the machine witness should watch."""
        found: dict[str, int] = {}
        for browser in self._browsers:
            found.update(browser.processes)
        return found

    def pids(self) -> dict[int, str]:
        """Return process id → name of the browsers' processes, and of what drives them, as they are
        now."""
        browsers = {p: name for one in self._browsers for name, p in one.processes.items()}
        return {**browsers, **self._drivers}

    def add_drivers(self, processes: Mapping[str, int]) -> None:
        """Add processes, by name, without which no browser can be driven."""
        self._drivers.update({pid: name for name, pid in processes.items()})

    def add_browser(self, browser: Browser) -> None:
        """Add a browser; it stays until the run ends."""
        self._browsers.append(browser)

    def add_tab(self, tab: Tab, browser: Browser) -> Tab:
        """Add a tab that was opened in a browser, and return it."""
        if (wait := self.until_stored) is not None:
            tab.until_stored = lambda timeout_s: wait(tab.user, timeout_s)
        self._tabs[tab] = browser
        return tab

    def remove_tab(self, tab: Tab) -> None:
        """Remove a tab that is closed, dead or abandoned; its screenshot is kept as evidence."""
        del self._tabs[tab]
        if tab.screenshot:
            self._screenshots.append(tab.screenshot)

    async def keep_evidence(self, directory: Path) -> None:
        """Keep screenshots, consoles, traces and network logs in the run's directory; never
        raises."""
        pages = [tab.page for tab in self._tabs]
        if self._browsers:
            screenshots = self._screenshots[:MOST_SCREENSHOTS]
            await keep_evidence(directory, self._browsers, pages, screenshots)
