"""Which browsers there are, by the name that an arm's factor ``browser`` gives them.

``chromium``, ``firefox`` and ``webkitgtk`` are the engines that every suite plans; the others run
when they are named. What is not here is planned as *not run: missing*, with the way to get it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Playwright

from harness.browsers.base import Browser, Can
from harness.browsers.drivers.chromium import Chromium
from harness.browsers.drivers.entrance import Entrance, Reach, own_entrance, own_network
from harness.browsers.drivers.firefox import Firefox
from harness.browsers.drivers.playwright_build import PlaywrightBuild
from harness.browsers.drivers.remote import Remote, addresses
from harness.browsers.drivers.webkitgtk import WebKitGtk
from harness.core.errors import MissingPart, UsageError
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

ENGINES = ("chromium", "firefox", "webkitgtk")
"""What the matrix plans on every machine."""


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
class Entry:
    """One browser of the catalogue.

    ``parts`` are what set-up must have brought; ``can`` is what its driver is able to do;
    ``remote``: it runs elsewhere, and comes to the target from there.
    """

    name: str
    parts: tuple[str, ...]
    can: frozenset[Can]
    start: Callable[[Start], Browser]
    remote: bool = False


def _family(name: str, product: str, find: Callable[[], Path | None], kind: str) -> Entry:
    def start(wishes: Start) -> Browser:
        return Chromium(
            _needed(find(), name),
            wishes.processes,
            wishes.driver,
            logs=wishes.logs,
            headed=wishes.headed,
            name=name,
            product=product,
            device=wishes.device,
            kind=kind,
            reach=wishes.reach,
        )

    return Entry(name=name, parts=(name,), can=Chromium.can, start=start)


def _firefox(wishes: Start) -> Browser:
    binary = _needed(find_firefox(), "firefox")
    return Firefox(binary, wishes.processes, wishes.driver, logs=wishes.logs, headed=wishes.headed)


def _webkitgtk(wishes: Start) -> Browser:
    host = Host.here()
    return WebKitGtk(
        _needed(find_webkit_driver(host), "webkitgtk"),
        _needed(find_minibrowser(host), "webkitgtk"),
        None if wishes.headed else _needed(find_xvfb(host), "xvfb"),
        wishes.processes,
        logs=wishes.logs,
        entrance=wishes.entrance,
    )


def _build(name: str, engine: str) -> Entry:
    def start(wishes: Start) -> Browser:
        return PlaywrightBuild(
            name,
            engine,
            wishes.processes,
            wishes.driver,
            headed=wishes.headed,
            device=wishes.device,
        )

    return Entry(name=name, parts=(name,), can=PlaywrightBuild.can, start=start)


CATALOGUE: Mapping[str, Entry] = {
    entry.name: entry
    for entry in (
        _family("chromium", "Chromium", find_chromium, "stock"),
        Entry(name="firefox", parts=("firefox",), can=Firefox.can, start=_firefox),
        Entry(name="webkitgtk", parts=("webkitgtk", "xvfb"), can=WebKitGtk.can, start=_webkitgtk),
        _family("chrome", "Google Chrome", lambda: find_part("chrome"), "stock"),
        _family("edge", "Microsoft Edge", lambda: find_part("edge"), "stock"),
        _family(
            "chromium-playwright",
            "Chromium (Playwright's build)",
            lambda: find_part("chromium-playwright"),
            "playwright",
        ),
        _build("firefox-playwright", "firefox"),
        _build("webkit-playwright", "webkit"),
    )
}


def is_remote(name: str) -> bool:
    """Return whether such a browser is driven elsewhere; a device in a hand is not driven."""
    return name not in CATALOGUE and (name in addresses() or "://" in name)


def entry_of(name: str) -> Entry:
    """Return a browser by name, one that runs elsewhere included; ``KIND+URL`` names one by its
    address. Raises UsageError."""
    if name in CATALOGUE:
        return CATALOGUE[name]
    if name in (known := addresses()) or "://" in name:
        remote = Remote.parse(known.get(name, name), name)
        return Entry(
            name=name,
            parts=(),
            can=remote.can,
            start=lambda wishes: remote.start(wishes.driver),
            remote=True,
        )
    names = ", ".join([*CATALOGUE, *known])
    raise UsageError(f"there is no browser {name!r}", hint=f"Known: {names}")


def _needed(found: Path | None, part: str) -> Path:
    if found is None:
        raise MissingPart(f"there is no {part} here", hint=f"Run `harness setup --only {part}`")
    return found
