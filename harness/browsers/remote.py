"""Browsers that run elsewhere: a Chromium over CDP, or a WebDriver grid.

``cdp+http://host:9222`` joins a Chromium that was started with ``--remote-debugging-port``;
``webdriver+http://host:4444/wd/hub#firefox`` asks a grid for a browser by name. A remote browser
must be able to reach the target: the harness listens on loopback unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from playwright.async_api import Playwright
from selenium.webdriver import ChromeOptions, EdgeOptions, FirefoxOptions, WebKitGTKOptions
from selenium.webdriver.common.options import ArgOptions
from selenium.webdriver.safari.options import Options as SafariOptions

from harness.browsers.base import Browser, BrowserFacts, Can
from harness.browsers.joined_chromium import JoinedChromium
from harness.browsers.webkitgtk import WebDriverBrowser, new_session
from harness.errors import UsageError

_OPTIONS: Mapping[str, type[ArgOptions]] = {
    "chrome": ChromeOptions,
    "edge": EdgeOptions,
    "firefox": FirefoxOptions,
    "safari": SafariOptions,
    "webkitgtk": WebKitGTKOptions,
}
_PRODUCTS = {
    "chrome": "Google Chrome",
    "firefox": "Firefox",
    "microsoftedge": "Microsoft Edge",
    "minibrowser": "WebKitGTK",
    "msedge": "Microsoft Edge",
    "safari": "Safari",
}
_PLATFORMS = {"linux": "Linux", "mac": "macOS", "macos": "macOS", "windows": "Windows"}
_EXAMPLE = "e.g. cdp+http://host:9222 or webdriver+http://host:4444/wd/hub#firefox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where a browser runs, and which: ``kind`` is cdp or webdriver."""

    kind: str
    url: str
    browser: str

    @classmethod
    def parse(cls, text: str) -> Remote:
        """Read ``KIND+URL#BROWSER``. Raises UsageError."""
        kind, plus, rest = text.partition("+")
        parts = urlsplit(rest)
        if not plus or kind not in ("cdp", "webdriver") or not parts.hostname:
            raise UsageError(f"{text!r} names no remote browser", hint=_EXAMPLE)
        browser = parts.fragment
        if kind == "webdriver" and browser not in _OPTIONS:
            known = ", ".join(_OPTIONS)
            raise UsageError(f"{text!r}: which browser? Known: {known}", hint=_EXAMPLE)
        return cls(kind=kind, url=urlunsplit(parts._replace(fragment="")), browser=browser)

    @property
    def can(self) -> frozenset[Can]:
        """Return what the driver is able to do."""
        return JoinedChromium.can if self.kind == "cdp" else WebDriverBrowser.can

    def start(self, driver: Playwright) -> Browser:
        """Return the browser, not joined yet."""
        if self.kind == "cdp":
            return JoinedChromium(driver, self.url)
        return GridBrowser(self.url, self.browser)


class GridBrowser(WebDriverBrowser):
    """A browser of a WebDriver grid; an async context manager."""

    def __init__(self, url: str, browser: str) -> None:
        super().__init__()
        self._url = url
        self._browser = browser

    @property
    def facts(self) -> BrowserFacts:
        """Return what the grid says it is."""
        return BrowserFacts(
            name=f"webdriver+{self._url}#{self._browser}",
            product=_named(_PRODUCTS, self._capabilities.get("browserName", self._browser)),
            version=str(self._capabilities.get("browserVersion", "")),
            platform=_named(_PLATFORMS, self._capabilities.get("platformName", "")),
            kind="remote",
            user_agent=self._user_agent,
        )

    @property
    def processes(self) -> Mapping[str, int]:
        """Return nothing: it runs on another machine."""
        return {}

    async def __aenter__(self) -> GridBrowser:
        await self._join(await new_session(self._url, _options(self._browser)))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._leave()


def _named(names: Mapping[str, str], said: object) -> str:
    """Return the name that reports use for what a grid said; an unknown word stays as it is."""
    return names.get(str(said).lower(), str(said))


def _options(browser: str) -> Any:
    options = _OPTIONS[browser]()
    if isinstance(options, WebKitGTKOptions):
        options.add_argument("--automation")
    return options
