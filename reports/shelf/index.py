"""All that a folder of runs holds, as one page: what each found, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.core.errors import LedgerUnreadable
from harness.ledger import door
from harness.ledger.experiment import EXPERIMENT_FILE
from harness.ledger.json_files import read_json
from harness.ledger.plan import PLAN_FILE
from harness.ledger.rundir import RUN_FILE
from reports.experiments.page import PAGE_FILE as EXPERIMENT_PAGE
from reports.experiments.publish import JSON_FILE
from reports.pages import words
from reports.pages.html import environment
from reports.pages.publish import PAGE_FILE, VERDICT_FILE
from reports.verdict.verdict import Verdict

MOST_MARKS = 30
"""A suite's strip shows at most this number of its results, the newest at the right."""
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


def render_index(folder: Path) -> str:
    """Return the page about a folder of runs. Raises LedgerUnreadable when it cannot be listed."""
    entries = entries_of(folder)
    template = environment().get_template("index.html.j2")
    return template.render(folder=str(folder), entries=entries, strips=strips_of(entries))
