"""The catalogue of browsers by name, the levels of the arm's factor ``browser``.

``chromium``, ``firefox`` and ``webkitgtk`` are the engines that every suite plans; the others run
when they are named. A browser that is not installed is planned as *not run: missing*, with the
command that installs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playwright.async_api import Playwright

from harness.browsers.base import Browser, Can
from harness.browsers.drivers.chromium import Chromium
from harness.browsers.drivers.entrance import Entrance, Reach, own_entrance, own_network
from harness.browsers.drivers.firefox import Firefox
from harness.browsers.drivers.playwright_build import PlaywrightBuild
from harness.browsers.drivers.remote import Remote, addresses
from harness.browsers.drivers.webkitgtk import WebKitGtk
from harness.core.errors import MissingPart, UsageError, did_you_mean
from harness.process.processes import Processes
from harness.setup import (
    Host,
    find_chromium,
    find_firefox,
    find_minibrowser,
    find_part,
    find_webkit_driver,
    find_xvfb,
)
from harness.setup.parts.browsers import STOCK, StockBrowser

ENGINES = ("chromium", "firefox", "webkitgtk")
"""The engines that the matrix plans on every machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a browser needs to start."""

    processes: Processes
    driver: Playwright
    logs: Path
    headed: bool
    device: str = ""
    entrance: Entrance = own_entrance
    reach: Reach = own_network


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserEntry:
    """One browser of the catalogue.

    ``parts`` are the names of the parts it requires; ``can`` are its driver's capabilities;
    ``remote``: it runs elsewhere and visits the target from there.
    """

    name: str
    parts: tuple[str, ...]
    can: frozenset[Can]
    start: Callable[[Start], Browser]
    remote: bool = False


def _chromium(
    name: str, product: str, find: Callable[[], Path | None], kind: str = "stock"
) -> BrowserEntry:
    def start(how: Start) -> Browser:
        return Chromium(
            _needed(find(), name),
            how.processes,
            how.driver,
            logs=how.logs,
            headed=how.headed,
            name=name,
            product=product,
            device=how.device,
            kind=kind,
            reach=how.reach,
        )

    return BrowserEntry(name=name, parts=(name,), can=Chromium.can, start=start)


def _stock(browser: StockBrowser) -> BrowserEntry:
    # Chrome or Edge serve as Chromium where Chromium is missing; nothing serves as them.
    find = find_chromium if browser.name == "chromium" else partial(find_part, browser.name)
    return _chromium(browser.name, browser.title, find)


def _firefox(how: Start) -> Browser:
    binary = _needed(find_firefox(), "firefox")
    return Firefox(binary, how.processes, how.driver, logs=how.logs, headed=how.headed)


def _webkitgtk(how: Start) -> Browser:
    host = Host.here()
    return WebKitGtk(
        _needed(find_webkit_driver(host), "webkitgtk"),
        _needed(find_minibrowser(host), "webkitgtk"),
        None if how.headed else _needed(find_xvfb(host), "xvfb"),
        how.processes,
        logs=how.logs,
        entrance=how.entrance,
    )


def _build(name: str, engine: str) -> BrowserEntry:
    def start(how: Start) -> Browser:
        return PlaywrightBuild(
            name,
            engine,
            how.processes,
            how.driver,
            headed=how.headed,
            device=how.device,
        )

    return BrowserEntry(name=name, parts=(name,), can=PlaywrightBuild.can, start=start)


CATALOGUE: Mapping[str, BrowserEntry] = {
    entry.name: entry
    for entry in (
        *(_stock(browser) for browser in STOCK if browser.engine == "chromium"),
        BrowserEntry(name="firefox", parts=("firefox",), can=Firefox.can, start=_firefox),
        BrowserEntry(
            name="webkitgtk", parts=("webkitgtk", "xvfb"), can=WebKitGtk.can, start=_webkitgtk
        ),
        _chromium(
            "chromium-playwright",
            "Chromium (Playwright's build)",
            partial(find_part, "chromium-playwright"),
            kind="playwright",
        ),
        _build("firefox-playwright", "firefox"),
        _build("webkit-playwright", "webkit"),
    )
}


def is_remote(name: str) -> bool:
    """Return whether a browser is driven elsewhere; a device is used by hand, not driven."""
    return name not in CATALOGUE and (name in addresses() or "://" in name)


def entry_of(name: str) -> BrowserEntry:
    """Return a browser by name, remote ones included; ``KIND+URL`` names one by its address.

    Raises UsageError for an unknown name.
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    if name in (known := addresses()) or "://" in name:
        remote = Remote.parse(known.get(name, name), name)
        return BrowserEntry(
            name=name,
            parts=(),
            can=remote.can,
            start=lambda how: remote.start(how.driver),
            remote=True,
        )
    names = [*CATALOGUE, *known]
    hint = did_you_mean(name, names, f"Known: {', '.join(names)}")
    raise UsageError(f"there is no browser {name!r}", hint=hint)


def _needed(found: Path | None, part: str) -> Path:
    if found is None:
        raise MissingPart(f"{part} is not installed", hint=f"Run `harness setup --only {part}`")
    return found
