"""Which of the roadmap's browser columns a run really fills.

A column is filled by the product it names, at its minimum version or later, on its platform,
unpatched and not emulated. Chromium is not Google Chrome, WebKitGTK is not Safari, and a phone
emulated on a desktop is no phone: they are *near* a column and never fill it. The columns are those
that the suite's plan holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from harness.ledger.kinds.network import BrowserUsed
from harness.ledger.plan import RoadmapColumn


class BrowserSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What a run's browser reported; ``name`` is the level of the arm that asked for it."""

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


class ColumnState(msgspec.Struct, frozen=True, kw_only=True):
    """A column of ``matrix`` and what this suite has for it, as verdict.json holds it.

    ``cells`` runs fill it, by the browser ``by`` at ``version``. Where none does, ``why_not`` names
    what came nearest and what it lacked, or is empty, and ``command`` at the place that ``where``
    describes fills it.
    """

    column: str
    matrix: str
    browser: str
    platform: str
    minimum: int
    filled: bool
    cells: int = 0
    by: str = ""
    version: str = ""
    why_not: str = ""
    where: str = ""
    command: str = ""


def seen_of(browser: BrowserUsed) -> BrowserSeen:
    """Return a browser as the report names it."""
    return BrowserSeen(
        name=browser.name,
        product=browser.product,
        version=browser.version,
        platform=browser.platform,
        kind=browser.kind,
        user_agent=browser.user_agent,
    )


def column_filled_by(seen: BrowserSeen, columns: Sequence[RoadmapColumn]) -> RoadmapColumn | None:
    """Return the column that a run with this browser fills, or None."""
    column = _column_of(seen.product, seen.platform, columns)
    return column if column and not _lacks(seen, column) else None


def column_near(
    seen: BrowserSeen, columns: Sequence[RoadmapColumn]
) -> tuple[RoadmapColumn, str] | None:
    """Return the column that the browser comes nearest to, and what it lacks to fill it.

    None when it fills one, or is near none.
    """
    # What stands on a desktop fills no column of a phone.
    phones = dict.fromkeys(c.platform for c in columns if "stock" not in c.kinds)
    platform = _claimed_platform(seen, phones)
    if platform in phones and seen.kind == "emulated":
        column = next(c for c in columns if c.platform == platform)
        return column, f"{seen.name} only emulates it"
    akin = (c.product for c in columns if seen.product in (c.product, *c.near))
    product = next(akin, seen.product)
    anywhere = next((c for c in columns if c.product == product), None)
    nearest = _column_of(product, platform, columns) or anywhere
    lack = _lacks(seen, nearest) if nearest else ""
    return (nearest, lack) if nearest and lack else None


def roadmap_states(
    seen: Iterable[BrowserSeen], columns: Sequence[RoadmapColumn], matrix: str
) -> tuple[ColumnState, ...]:
    """Return the state of every column of a matrix, from the browser of every run."""
    filled: dict[str, list[BrowserSeen]] = {}
    near: dict[str, list[str]] = {}
    for browser in seen:
        if column := column_filled_by(browser, columns):
            filled.setdefault(column.label, []).append(browser)
        elif nearest := column_near(browser, columns):
            near.setdefault(nearest[0].label, []).append(nearest[1])
    return tuple(
        _state(column, matrix, filled.get(column.label, []), near.get(column.label, []))
        for column in columns
    )


def _state(
    column: RoadmapColumn, matrix: str, by: Sequence[BrowserSeen], near: Sequence[str]
) -> ColumnState:
    last = by[-1] if by else None
    return ColumnState(
        column=column.label,
        matrix=matrix,
        browser=column.browser,
        platform=column.platform,
        minimum=column.minimum,
        filled=bool(by),
        cells=len(by),
        by=last.name if last else "",
        version=last.version if last else "",
        why_not="" if last else "; ".join(dict.fromkeys(near)),
        where="" if last else column.where,
        command="" if last else column.command,
    )


def _column_of(
    product: str, platform: str, columns: Sequence[RoadmapColumn]
) -> RoadmapColumn | None:
    return next((c for c in columns if (c.product, c.platform) == (product, platform)), None)


def _lacks(seen: BrowserSeen, column: RoadmapColumn) -> str:
    """Return what keeps the browser from filling the column, or an empty text."""
    if seen.product != column.product:
        return f"{seen.product} is not {column.product}"
    if seen.kind not in column.kinds:
        what = "a patched build" if seen.kind == "playwright" else seen.kind
        return f"{seen.name} is {what}"
    if seen.platform != column.platform:
        return f"{seen.name} ran on {seen.platform}"
    if seen.major is None:
        return f"the version of {seen.name} is not known"
    if seen.major < column.minimum:
        return f"too old: {seen.major} < {column.minimum}"
    return ""


def _claimed_platform(seen: BrowserSeen, phones: Iterable[str]) -> str:
    """Return the platform that the browser claims to be on: an emulated one names a phone's."""
    if seen.kind != "emulated":
        return seen.platform
    return next((phone for phone in phones if phone in seen.user_agent), seen.platform)
