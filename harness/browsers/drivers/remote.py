"""Browsers that run elsewhere: a Chromium over CDP, a Playwright server, or a WebDriver grid.

``cdp+http://host:9222`` connects to a Chromium that was started with ``--remote-debugging-port``;
``playwright+ws://host:3000/#firefox`` to a Playwright server of our Playwright's version;
``webdriver+http://host:4444/wd/hub#firefox`` requests a browser from a grid by name. A remote
browser must be able to reach the target: the harness listens on loopback unless ``--bind`` names
another address.

An address may contain a password, so only names are stored: the map from name to address is passed
in the environment, from the command line to the processes that run the cells.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Playwright

from harness.browsers.base import Browser, BrowserFacts, Can
from harness.browsers.drivers.driven_context import started
from harness.browsers.drivers.joined_chromium import JoinedChromium
from harness.browsers.drivers.playwright_build import ServedBuild
from harness.browsers.drivers.playwright_page import bounded
from harness.browsers.drivers.webkitgtk import WebDriverBrowser, new_session
from harness.browsers.user_agent import Signs, facts_of
from harness.core.environment import ADDRESSES_VARIABLE
from harness.core.errors import HarnessError, UsageError
from harness.core.lazy import LazyModule

if TYPE_CHECKING:
    from selenium import webdriver
else:
    webdriver = LazyModule("selenium.webdriver")

_OPTIONS = {
    "chrome": "ChromeOptions",
    "edge": "EdgeOptions",
    "firefox": "FirefoxOptions",
    "safari": "SafariOptions",
    "webkitgtk": "WebKitGTKOptions",
}
"""Browser → the name of its options in ``selenium.webdriver``."""
_PRODUCTS = {
    "chrome": "Google Chrome",
    "firefox": "Firefox",
    "microsoftedge": "Microsoft Edge",
    "minibrowser": "WebKitGTK",
    "msedge": "Microsoft Edge",
    "safari": "Safari",
}
_PLATFORMS = {"linux": "Linux", "mac": "macOS", "macos": "macOS", "windows": "Windows"}
_EXAMPLE = (
    "e.g. cdp+http://host:9222, playwright+ws://host:3000/#firefox or "
    "webdriver+http://host:4444/wd/hub#firefox"
)
_BROWSERS_OF: Mapping[str, tuple[str, ...]] = {
    "cdp": ("",),
    "playwright": ("chromium", "firefox", "webkit"),
    "webdriver": tuple(_OPTIONS),
}
"""Kind → the browsers that can be requested."""
_PLAIN_STEPS = frozenset(
    {
        *("wd", "hub", "session", "devtools", "browser", "json", "version", "ws"),
        *("playwright", "chromium", "chrome", "edge", "firefox", "webkit", "safari"),
    }
)
"""Steps of paths at which grids and hosted browsers listen. Any other may be a token."""
_VERSION_PAGE = "chrome://version"
_SIGNS = """() => ({userAgent: navigator.userAgent, vendor: navigator.vendor,
  platform: navigator.platform, touchPoints: navigator.maxTouchPoints,
  brands: (navigator.userAgentData?.brands ?? []).map((one) => one.brand)})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where a browser runs, and which: ``kind`` is cdp, playwright or webdriver.

    ``name`` is its name in reports; by default its address without the password.
    """

    kind: str
    url: str
    browser: str
    name: str

    @classmethod
    def parse(cls, text: str, name: str = "") -> Remote:
        """Parse ``KIND+URL#BROWSER``. Raises UsageError, whose message contains no password."""
        kind, plus, rest = text.partition("+")
        shown = shown_address(text)
        try:
            parts = urlsplit(rest)
            _ = parts.port
        except ValueError as error:
            raise UsageError(f"{shown!r} is not an address: {error}", hint=_EXAMPLE) from error
        if not plus or kind not in _BROWSERS_OF or not parts.hostname:
            raise UsageError(f"{shown!r} names no remote browser", hint=_EXAMPLE)
        if parts.fragment not in _BROWSERS_OF[kind]:
            known = ", ".join(_BROWSERS_OF[kind]) or "none: it is the one that runs there"
            raise UsageError(f"{shown!r}: which browser? Known: {known}", hint=_EXAMPLE)
        url = urlunsplit(parts._replace(fragment=""))
        return cls(kind=kind, url=url, browser=parts.fragment, name=name or shown)

    @property
    def can(self) -> frozenset[Can]:
        """Return the driver's capabilities."""
        abilities: Mapping[str, frozenset[Can]] = {
            "cdp": JoinedChromium.can,
            "playwright": ServedBuild.can,
            "webdriver": WebDriverBrowser.can,
        }
        return abilities[self.kind]

    def start(self, driver: Playwright) -> Browser:
        """Return the browser; entering it connects to it."""
        if self.kind == "cdp":
            return RemoteChromium(driver, self.url, self.name)
        if self.kind == "playwright":
            return ServedBuild(self.name, self.browser, self.url, driver)
        return GridBrowser(self.url, self.browser, self.name)


def shown_address(text: str) -> str:
    """Return what may be shown of an address: neither its user and password nor its query, and of
    its path only the steps that are known to be no token."""
    beginning, colon, rest = text.partition("://")
    if not colon:
        return text
    place, hash_sign, browser = rest.partition("#")
    place, question, _ = place.partition("?")
    host, slash, path = place.partition("/")
    if "@" in path:  # a slash in the password: nothing after it can be relied on
        host, slash, path = f"***@{path.rpartition('@')[2].partition('/')[0]}", "", ""
    path = "/".join(
        step if step in _PLAIN_STEPS else "***" if step else "" for step in path.split("/")
    )
    _, at, host = host.rpartition("@")
    shown = f"{beginning}://{'***@' if at else ''}{host}{slash}{path}"
    return f"{shown}{'?***' if question else ''}{hash_sign}{browser}"


def without_login(text: str, address: str) -> str:
    """Return a text without the address's user, password and query and what may be a token in its
    path, however they are escaped."""
    parts = urlsplit(address.partition("+")[2])
    values = [value for _, value in parse_qsl(parts.query)]
    steps = [step for step in parts.path.split("/") if step not in _PLAIN_STEPS]
    given = (parts.username, parts.password, parts.query, *values, *steps)
    secrets = {part for part in given if part}
    for secret in sorted(secrets, key=len, reverse=True):
        for form in (secret, unquote(secret), quote(secret), quote(secret, safe="")):
            text = text.replace(form, "***")
    return text


def addresses() -> Mapping[str, str]:
    """Return name → address of the remote browsers that were announced."""
    announced = json.loads(os.environ.get(ADDRESSES_VARIABLE) or "{}")
    return {str(name): str(address) for name, address in announced.items()}


def announce(more: Mapping[str, str]) -> None:
    """Register remote browsers by name, here and in every process started from now on."""
    os.environ[ADDRESSES_VARIABLE] = json.dumps({**addresses(), **more})


class RemoteChromium(JoinedChromium):
    """A Chromium, Chrome or Edge that was started elsewhere with a debugging port."""

    def __init__(self, driver: Playwright, endpoint: str, name: str) -> None:
        super().__init__(driver, endpoint)
        self._name = name
        self._facts: BrowserFacts | None = None

    @property
    def facts(self) -> BrowserFacts:
        """Return the facts from its version page: only there are the brands available."""
        if self._facts is None:
            return super().facts
        kind = "emulated" if self._facts.kind == "emulated" else "remote"
        return replace(self._facts, name=self._name, version=self.version, kind=kind)

    async def __aenter__(self) -> RemoteChromium:
        await super().__aenter__()
        try:
            async with bounded("read the browser's version page"):
                home = started(self._home)
                await home.goto(_VERSION_PAGE)
                signs = await home.evaluate(_SIGNS)
                await home.goto("about:blank")
            agent = str(signs["userAgent"]).replace("HeadlessChrome/", "Chrome/")
            self._facts = facts_of(agent, Signs.parse(signs))
        except (PlaywrightError, HarnessError):
            self._facts = None  # another vendor's browser may have no such page
        return self


class GridBrowser(WebDriverBrowser):
    """A browser of a WebDriver grid; an async context manager."""

    def __init__(self, url: str, browser: str, name: str) -> None:
        super().__init__()
        self._url = url
        self._browser = browser
        self._name = name

    @property
    def facts(self) -> BrowserFacts:
        """Return the facts from the session's capabilities."""
        return BrowserFacts(
            name=self._name,
            product=_named(_PRODUCTS, self._capabilities.get("browserName", self._browser)),
            version=str(self._capabilities.get("browserVersion", "")),
            platform=_named(_PLATFORMS, self._capabilities.get("platformName", "")),
            kind="remote",
            user_agent=self._user_agent,
        )

    @property
    def processes(self) -> Mapping[str, int]:
        """Return an empty mapping: it runs on another machine."""
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


def _named(names: Mapping[str, str], value: object) -> str:
    """Return the name in reports of a grid's value; an unknown value stays as it is."""
    return names.get(str(value).lower(), str(value))


def _options(browser: str) -> Any:
    options = getattr(webdriver, _OPTIONS[browser])()
    if browser == "webkitgtk":
        options.add_argument("--automation")
    return options
