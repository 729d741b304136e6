"""The roadmap's thirteen browser columns as data, and which of them a run really fills.

A column is filled by the product it names, at its minimum version or later, on its platform,
unpatched and not emulated. Chromium is not Google Chrome, WebKitGTK is not Safari, and a phone
emulated on a desktop is no phone: they are *near* a column and never fill it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

ROADMAP_MATRIX = "browsers"
"""The matrix whose cells may fill the columns."""

_ON_THE_SPOT = frozenset({"stock", "remote", "device"})
_ON_A_PHONE = frozenset({"device", "remote"})
_KIN = {"Chromium": "Google Chrome", "WebKitGTK": "Safari", "WebKit": "Safari"}
_PHONES = ("iPhone", "iPad", "Android")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserSeen:
    """What a run's browser said of itself; ``name`` is the level of the arm that asked for it."""

    name: str
    product: str
    version: str
    platform: str
    kind: str
    user_agent: str = ""

    @property
    def major(self) -> int | None:
        """Return the first number of the version, or None when there is none."""
        found = re.match(r"\s*(\d+)", self.version)
        return int(found[1]) if found else None

    @property
    def title(self) -> str:
        """Return product, version and platform for a reader."""
        # Three digits are a version; of a smaller number the next part matters too (Safari 17.4).
        found = re.match(r"\d{3,}|\d+(\.\d+)?", self.version)
        return f"{self.product}{f' {found[0]}' if found else ''} · {self.platform}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadmapColumn:
    """A column that the roadmap asks for: which product, from which version, and where.

    Who wants to see it filled gives ``command`` at the place that ``where`` describes.
    """

    browser: str
    product: str
    minimum: int
    platform: str
    kinds: frozenset[str]
    where: str
    command: str

    @property
    def label(self) -> str:
        """Return the column's name as the roadmap writes it: ``Chrome 120+ · Windows``."""
        return f"{self.browser} {self.minimum}+ · {self.platform}"

    @property
    def fill(self) -> str:
        """Return how to fill it, in one sentence."""
        return f"{self.where}: {self.command}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnState:
    """A column and what this suite has for it.

    ``cells`` runs fill it, by the browser ``by`` at ``version``. Where none does, ``why_not`` says
    what came nearest and what it lacked, or is empty; ``column.fill`` says what to do.
    """

    column: RoadmapColumn
    cells: int = 0
    by: str = ""
    version: str = ""
    why_not: str = ""

    @property
    def filled(self) -> bool:
        """Return whether any run fills the column."""
        return self.cells > 0


def _desktop(browser: str, product: str, minimum: int, platform: str, level: str) -> RoadmapColumn:
    """Return a desktop column. The harness runs on Linux and macOS; on Windows, and for Safari, a
    browser is driven over WebDriver from here."""
    run = "harness run browsers"
    machine = {"Windows": "a Windows machine", "macOS": "a Mac", "Linux": "a Linux machine"}
    where, command = f"on {machine[platform]} with", f"{run} --browser {level}"
    if platform == "Windows" or level == "safari":
        where = f"from a WebDriver on {machine[platform]} that has"
        command = f"{run} --connect webdriver+http://HOST:4444#{level} --bind ADDRESS"
    return RoadmapColumn(
        browser=browser,
        product=product,
        minimum=minimum,
        platform=platform,
        kinds=_ON_THE_SPOT,
        where=f"{where} {product} {minimum} or later",
        command=command,
    )


def _phone(browser: str, minimum: int, platform: str) -> RoadmapColumn:
    device = {"iPhone": "an iPhone", "iPad": "an iPad", "Android": "an Android phone"}[platform]
    return RoadmapColumn(
        browser=browser,
        product=browser,
        minimum=minimum,
        platform=platform,
        kinds=_ON_A_PHONE,
        where=f"with {device} that has {browser} {minimum} or later",
        command="harness device",
    )


ROADMAP = (
    _desktop("Chrome", "Google Chrome", 120, "Windows", "chrome"),
    _desktop("Chrome", "Google Chrome", 120, "macOS", "chrome"),
    _desktop("Chrome", "Google Chrome", 120, "Linux", "chrome"),
    _desktop("Safari", "Safari", 17, "macOS", "safari"),
    _desktop("Firefox", "Firefox", 121, "Windows", "firefox"),
    _desktop("Firefox", "Firefox", 121, "macOS", "firefox"),
    _desktop("Firefox", "Firefox", 121, "Linux", "firefox"),
    _desktop("Edge", "Microsoft Edge", 120, "Windows", "edge"),
    _phone("Safari iOS", 17, "iPhone"),
    _phone("Safari iOS", 17, "iPad"),
    _phone("Chrome Android", 120, "Android"),
    _phone("Samsung Internet", 23, "Android"),
    _phone("Firefox Android", 121, "Android"),
)
"""Every column of the roadmap's browser matrix, in its order."""


def browser_from_detail(detail: object) -> BrowserSeen | None:
    """Return what the network witness wrote of a browser, or None if it names no whole one."""
    try:
        said = json.loads(detail) if isinstance(detail, str) else None
    except ValueError:
        return None
    names = ("name", "product", "version", "platform", "kind")
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in names):
        return None
    agent = said.get("user_agent")
    return BrowserSeen(
        **{name: said[name] for name in names}, user_agent=agent if isinstance(agent, str) else ""
    )


def column_filled_by(seen: BrowserSeen) -> RoadmapColumn | None:
    """Return the roadmap column that a run with this browser fills, or None."""
    column = _asked_for(seen.product, seen.platform)
    return column if column and not _lacks(seen, column) else None


def column_near(seen: BrowserSeen) -> tuple[RoadmapColumn, str] | None:
    """Return the column that the browser comes nearest to, and what it lacks to fill it.

    None when it fills one, or is near none.
    """
    platform = _pretended(seen)
    if platform in _PHONES and seen.kind == "emulated":
        column = next(c for c in ROADMAP if c.platform == platform)
        return column, f"{seen.name} only emulates it"
    kin = _KIN.get(seen.product, seen.product)
    anywhere = next((c for c in ROADMAP if c.product == kin), None)
    nearest = _asked_for(kin, platform) or anywhere
    lack = _lacks(seen, nearest) if nearest else ""
    return (nearest, lack) if nearest and lack else None


def roadmap_states(seen: Iterable[BrowserSeen]) -> tuple[ColumnState, ...]:
    """Return the state of all thirteen columns, from the browser of every run."""
    states = {column: ColumnState(column=column) for column in ROADMAP}
    near: dict[RoadmapColumn, list[str]] = {}
    for browser in seen:
        column = column_filled_by(browser)
        if column is not None:
            states[column] = ColumnState(
                column=column,
                cells=states[column].cells + 1,
                by=browser.name,
                version=browser.version,
            )
        elif (nearest := column_near(browser)) is not None:
            near.setdefault(nearest[0], []).append(nearest[1])
    return tuple(
        state if state.filled else _unfilled(state.column, near.get(state.column, []))
        for state in states.values()
    )


def _unfilled(column: RoadmapColumn, near: list[str]) -> ColumnState:
    return ColumnState(column=column, why_not="; ".join(dict.fromkeys(near)))


def _asked_for(product: str, platform: str) -> RoadmapColumn | None:
    wanted = (product, platform)
    return next((c for c in ROADMAP if (c.product, c.platform) == wanted), None)


def _lacks(seen: BrowserSeen, column: RoadmapColumn) -> str:
    """Return what keeps the browser from filling the column, or an empty text."""
    if seen.product != column.product:
        return f"{seen.product} is not {column.product}"
    if seen.kind not in column.kinds:
        what = {"playwright": "a patched build", "emulated": "emulated"}.get(seen.kind, seen.kind)
        return f"{seen.name} is {what}"
    if seen.platform != column.platform:
        return f"{seen.name} ran on {seen.platform}"
    if seen.major is None:
        return f"the version of {seen.name} is not known"
    if seen.major < column.minimum:
        return f"too old: {seen.major} < {column.minimum}"
    return ""


def _pretended(seen: BrowserSeen) -> str:
    """Return the platform that the browser claims to be on: an emulated one says a phone's."""
    if seen.kind != "emulated":
        return seen.platform
    return next((p for p in _PHONES if p in seen.user_agent), seen.platform)
