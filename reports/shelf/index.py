"""All that a folder of runs holds, as one page: what each found, the newest first.

Above that stands of each suite how it developed: its verdicts and, from the history, what its trend
says and the figures that changed, with a link to the trend's own page.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from harness.core.errors import LedgerUnreadable
from harness.ledger import door
from harness.ledger.experiment import EXPERIMENT_FILE
from harness.ledger.json_files import read_json
from harness.ledger.plan import PLAN_FILE
from harness.ledger.rundir import RUN_FILE
from reports.experiments.page import PAGE_FILE as EXPERIMENT_PAGE
from reports.experiments.publish import JSON_FILE
from reports.history.page import by_interest, render_trend, sparkline_of, standing_of
from reports.history.record import SeriesTrend, TrendRecord
from reports.history.words import SERIES_WORDS, cell_name, figure_name, last_value
from reports.pages import words
from reports.pages.html import environment
from reports.pages.publish import PAGE_FILE, VERDICT_FILE
from reports.verdict.verdict import Verdict

MOST_MARKS = 30
"""A suite's strip shows at most this number of its results, the newest at the right."""
MOST_SPARKLINES = 6
"""A suite has at most this number of figures on the index, those that changed first."""
INDEX_FILE = "index.html"
TREND_DIR = "trend"
"""The folder of the pages of trends, below that of the runs."""
_NO_REPORT = "no report"
_UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """A stored suite, run or experiment.

    ``standing`` is its verdict's word, ``decided`` or ``undecided`` for an experiment, or what
    keeps it from having one. ``href`` is the page's address below the folder, empty without one.
    """

    directory: str
    kind: str
    name: str
    standing: str
    sentence: str
    started: str
    duration_s: float | None = None
    href: str = ""

    @property
    def glyph(self) -> str:
        """Return the sign of the standing."""
        signs = {verdict.value: sign for verdict, sign in words.GLYPHS.items()}
        return {**signs, "decided": "=", "undecided": "?"}.get(self.standing, "!")

    @property
    def style(self) -> str:
        """Return the class of the standing: a verdict's, with ``-`` for blanks."""
        known = {verdict.value for verdict in Verdict}
        word = self.standing if self.standing in known else Verdict.NOT_RUN.value
        return word.replace(" ", "-")


def entries_of(folder: Path) -> list[Shelved]:
    """Return what the folders in a folder of runs hold, the newest first.

    A folder that is no suite, run or experiment is not among them, nor is a link, as ``latest``
    is. Raises LedgerUnreadable when the folder cannot be listed.
    """
    found = []
    for name in door.folders(folder):
        if (entry := _entry(folder / name)) is not None:
            found.append(entry)
    return sorted(found, key=lambda entry: (entry.started, entry.directory), reverse=True)


def _entry(directory: Path) -> Shelved | None:
    try:
        if door.is_there(directory, EXPERIMENT_FILE):
            return _experiment(directory)
        for file, kind in ((PLAN_FILE, "suite"), (RUN_FILE, "run")):
            if door.is_there(directory, file):
                return _suite(directory, kind)
    except LedgerUnreadable as error:
        return _without(directory, "unknown", _UNREADABLE, error.line)
    return None


def _suite(directory: Path, kind: str) -> Shelved:
    if not door.is_there(directory, VERDICT_FILE):
        return _without(directory, kind, _NO_REPORT, "it was not judged; `harness report` does it")
    stored = read_json(directory / VERDICT_FILE)
    so_far = " (interrupted)" if stored.get("interrupted") else ""
    return Shelved(
        directory=directory.name,
        kind=kind,
        name=_text(stored, "suite"),
        standing=_text(stored, "verdict"),
        sentence=_text(stored, "reason") + so_far,
        started=_text(stored, "started") or directory.name,
        duration_s=_number(stored, "duration_s"),
        href=_href(directory, PAGE_FILE),
    )


def _experiment(directory: Path) -> Shelved:
    if not door.is_there(directory, JSON_FILE):
        about = "it has no result; `harness report` makes one of its complete blocks"
        return _without(directory, "experiment", _NO_REPORT, about)
    stored = read_json(directory / JSON_FILE)
    return Shelved(
        directory=directory.name,
        kind="experiment",
        name=_text(stored, "name"),
        standing="decided" if stored.get("decided") else "undecided",
        sentence=_text(stored, "sentence"),
        started=_text(stored, "started") or directory.name,
        href=_href(directory, EXPERIMENT_PAGE),
    )


def _without(directory: Path, kind: str, standing: str, sentence: str) -> Shelved:
    return Shelved(
        directory=directory.name,
        kind=kind,
        name="",
        standing=standing,
        sentence=sentence,
        started=directory.name,
    )


def _href(directory: Path, page: str) -> str:
    return f"./{quote(directory.name)}/{page}" if door.is_there(directory, page) else ""


def _text(stored: Mapping[str, Any], name: str) -> str:
    value = stored.get(name)
    return value if isinstance(value, str) else ""


def _number(stored: Mapping[str, Any], name: str) -> float | None:
    value = stored.get(name)
    return float(value) if isinstance(value, int | float) else None


def strips_of(entries: Iterable[Shelved]) -> dict[str, Sequence[Shelved]]:
    """Return the newest results of each suite that ran more than once, the oldest first."""
    by_name: dict[str, list[Shelved]] = {}
    for entry in entries:
        if entry.kind == "suite" and entry.name:
            by_name.setdefault(entry.name, []).append(entry)
    return {
        name: list(reversed(members[:MOST_MARKS]))
        for name, members in by_name.items()
        if len(members) > 1
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteOverTime:
    """A suite on the index: its newest results, the oldest first, and its trend, if it has one."""

    name: str
    members: Sequence[Shelved]
    trend: TrendRecord | None = None

    @property
    def href(self) -> str:
        """Return the address of the trend's page below the folder, empty without one."""
        return f"./{TREND_DIR}/{quote(trend_file(self.name))}" if self.trend else ""

    @property
    def standing(self) -> tuple[str, str, str]:
        """Return (class, glyph, word) of its trend, else of its newest result."""
        if self.trend:
            return standing_of(self.trend)
        newest = self.members[-1]
        return (newest.style, newest.glyph, newest.standing)

    @property
    def is_news(self) -> bool:
        """Return whether its figures are shown at once: something broke or got slower."""
        return self.standing[0] in ("fail", "unknown")

    @property
    def figures(self) -> Sequence[tuple[SeriesTrend, Markup]]:
        """Return the figures that are shown, each with its sparkline."""
        shown = by_interest(self.trend)[:MOST_SPARKLINES] if self.trend else []
        return [(one, sparkline_of(one)) for one in shown]

    @property
    def others(self) -> int:
        """Return how many more figures the trend's page has."""
        return max(0, len(self.trend.series) - MOST_SPARKLINES) if self.trend else 0


_WORST_FIRST = ("fail", "unknown", "expected-fail", "not-run", "pass")


def suites_of(entries: Iterable[Shelved], trends: Mapping[str, TrendRecord]) -> list[SuiteOverTime]:
    """Return the suites that have a trend or ran more than once, those that broke first."""
    strips = strips_of(entries)
    found = [
        SuiteOverTime(name=name, members=strips.get(name, ()), trend=trends.get(name))
        for name in {**strips, **{name: one for name, one in trends.items() if one.nights}}
    ]
    return sorted(found, key=lambda one: (_WORST_FIRST.index(one.standing[0]), one.name))


def trend_file(suite: str) -> str:
    """Return the name of the file of a suite's trend: letters, digits and hyphens."""
    plain = re.sub("[^a-z0-9]+", "-", suite.lower())[:60].strip("-")
    return f"{plain if plain == suite else f'{plain}-{zlib.crc32(suite.encode()):08x}'}.html"


def render_index(
    folder: Path,
    trends: Mapping[str, TrendRecord] = MappingProxyType({}),
    *,
    trouble: str = "",
) -> str:
    """Return the page about a folder of runs, with the trend of each suite, by its name.

    ``trouble`` is why there are no trends, empty where nothing is wrong. Raises LedgerUnreadable
    when the folder cannot be listed.
    """
    entries = entries_of(folder)
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            folder=str(folder),
            entries=entries,
            suites=suites_of(entries, trends),
            trouble=trouble,
            figure_name=figure_name,
            cell_name=cell_name,
            last_value=last_value,
            SERIES_WORDS=SERIES_WORDS,
        )
    )


def write_index(folder: Path, trends: Mapping[str, TrendRecord], *, trouble: str = "") -> Path:
    """Write the page, and that of each trend, as files that need no server; return its path.

    Raises LedgerUnreadable as ``render_index`` does, and OSError when nothing can be written.
    """
    page = render_index(folder, trends, trouble=trouble)
    for name, found in trends.items():
        door.write(folder, f"{TREND_DIR}/{trend_file(name)}", render_trend(found))
    door.write(folder, INDEX_FILE, page)
    return folder / INDEX_FILE
