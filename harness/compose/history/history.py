"""A history: suites that are added, read in the order of their starts, renamed and pruned.

Whatever lies in the archive and is no suite that can be read is named: a file that was altered or
cut off, one that belongs elsewhere, and two that hold the same suite.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace

from harness.compose.history.archive import ALIASES, INDEX_FILE, SUITES, Archive, FolderArchive
from harness.compose.history.index import Index, StoredSuite
from harness.compose.history.postgres import PostgresArchive
from harness.compose.history.sql import IndexDamaged, IndexUnwritable, postgres, sqlite_file
from harness.core.errors import LedgerUnreadable, UsageError
from harness.ledger.history.facts import SuiteFacts, canonical, digest_of, read_facts
from harness.ledger.json_files import Record, decode_record

_URL = re.compile(r"postgres(ql)?://")
_NAME = re.compile(r"([0-9a-f]{64})\.json")
_RENAMED = "scenarios.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something of an archive that is not taken for a suite: its name, and why."""

    name: str
    what: str


class _Renamed(Record, frozen=True, kw_only=True):
    format: int = 1
    renamed: Mapping[str, str] = msgspec.field(default_factory=dict)


class History:
    """The suites of one archive."""

    def __init__(self, archive: Archive, index: Index) -> None:
        """Bring the index up to what the archive holds."""
        self.archive = archive
        self._index = index
        self.troubles: tuple[Trouble, ...] = ()
        self.refresh()

    def refresh(self) -> None:
        """Bring the index up to what the archive holds, and name what is no suite."""
        known, troubles = self._index.digests(), []
        there: set[str] = set()
        for name in self.archive.names(SUITES):
            found = _NAME.fullmatch(name)
            if not found:
                what = "foreign: it is no file of a suite's facts"
                troubles.append(Trouble(name=name, what=what))
                continue
            there.add(found[1])
            if found[1] in known:
                continue
            try:
                facts = self._read(found[1])
            except LedgerUnreadable as error:
                troubles.append(Trouble(name=name, what=error.line))
                continue
            self._index.add(found[1], facts)
            known[found[1]] = facts.plan
        if gone := known.keys() - there:
            self._index.forget(gone)
        twice = _twice(one for one in self._index.heads() if one.digest in there)
        self._hidden = {one.digest for one, _ in twice}
        troubles += [
            Trouble(
                name=f"{one.digest}.json",
                what=f"duplicate: {kept.digest[:12]}… holds the same suite, judged another time",
            )
            for one, kept in twice
            if one.facts.interrupted == kept.facts.interrupted
        ]
        self.troubles = tuple(troubles)

    def rebuild(self) -> int:
        """Make the index anew; return how many suites it has."""
        self._index.clear()
        self.refresh()
        return len(self.heads())

    def add(self, facts: SuiteFacts) -> bool:
        """Keep a suite; return whether it is new. Raises UsageError for one judged otherwise."""
        raw = canonical(facts)
        digest, known = digest_of(raw), self._index.digests()
        if digest in known:
            return False
        if same := sorted(one for one, plan in known.items() if plan == facts.plan):
            raise UsageError(
                f"the history has this suite already, judged otherwise: {same[0]}.json",
                hint="Remove that one first: harness history remove " + same[0][:12],
            )
        self.archive.write(SUITES, f"{digest}.json", raw)
        self._index.add(digest, facts)
        return True

    def remove(self, beginning: str) -> str:
        """Remove the suite whose digest begins so; return its digest. Raises UsageError."""
        found = [
            one[1]
            for name in self.archive.names(SUITES)
            if (one := _NAME.fullmatch(name)) and one[1].startswith(beginning)
        ]
        if len(found) != 1:
            what = "no suite" if not found else f"{len(found)} suites"
            raise UsageError(
                f"{what} of the history {self.archive.place} begins with {beginning!r}",
                hint="harness history list shows their digests",
            )
        self._remove(found)
        return found[0]

    def prune(self, keep: int, kept_too: frozenset[str] = frozenset()) -> list[StoredSuite]:
        """Remove all but the newest ``keep`` suites of each name, and those that are ``kept_too``.

        Returns what was removed.
        """
        removed = []
        by_name: dict[str, list[StoredSuite]] = {}
        for head in self.heads():
            by_name.setdefault(head.facts.suite, []).append(head)
        for heads in by_name.values():
            removed += heads[: max(0, len(heads) - keep)]
        removed = [one for one in removed if one.digest not in kept_too]
        self._remove([one.digest for one in removed])
        return removed

    def heads(self) -> list[StoredSuite]:
        """Return every suite without its cells, in the order of their starts."""
        return [one for one in self._index.heads() if one.digest not in self._hidden]

    def whole(self, heads: Sequence[StoredSuite]) -> list[StoredSuite]:
        """Return these suites with cells and figures, scenarios by the names they have now."""
        renamed = self.renamed()
        return [_renamed(one, renamed) for one in self._index.whole(heads)]

    def renamed(self) -> Mapping[str, str]:
        """Return old name → new name of the scenarios that were renamed."""
        if _RENAMED not in self.archive.names(ALIASES):
            return {}
        raw = self.archive.read(ALIASES, _RENAMED)
        place = Path(self.archive.place) / ALIASES / _RENAMED
        return decode_record(raw, _Renamed, place).renamed

    def rename(self, old: str, new: str) -> None:
        """Let what was stored of scenario ``old`` be ``new``'s. Raises UsageError for a circle."""
        renamed = {**self.renamed(), old: new}
        if latest_name(old, renamed) is None:
            raise UsageError(f"{old} and {new} would be renamed in a circle")
        self.archive.write(ALIASES, _RENAMED, canonical(_Renamed(renamed=renamed)))

    def _read(self, digest: str) -> SuiteFacts:
        name = f"{digest}.json"
        place = Path(self.archive.place) / SUITES / name
        return read_facts(self.archive.read(SUITES, name), digest, place)

    def _remove(self, digests: Sequence[str]) -> None:
        for digest in digests:
            self.archive.remove(SUITES, f"{digest}.json")
        self.refresh()


@contextmanager
def open_history(place: str) -> Iterator[History]:
    """Open the history in a folder, or in a PostgreSQL by its URL.

    A folder's index that is damaged is made anew; where none can be written it is made in memory.
    Raises HarnessError.
    """
    if is_shared(place):
        with postgres(place) as sql:
            yield History(PostgresArchive(sql), Index(sql))
        return
    archive = FolderArchive(Path(place))
    with ExitStack() as exits:
        yield _in_folder(archive, exits)


@contextmanager
def open_archive(place: str) -> Iterator[Archive]:
    """Open the archive alone, to add to it. Raises HarnessError."""
    if is_shared(place):
        with postgres(place) as sql:
            yield PostgresArchive(sql)
    else:
        yield FolderArchive(Path(place))


def _in_folder(archive: FolderArchive, exits: ExitStack) -> History:
    path = archive.root / INDEX_FILE
    if archive.root.is_dir():
        for _ in range(2):
            try:
                return History(archive, Index(exits.enter_context(sqlite_file(path))))
            except IndexUnwritable:
                break
            except IndexDamaged:
                path.unlink(missing_ok=True)
    return History(archive, Index(exits.enter_context(sqlite_file(None))))


def is_shared(place: str) -> bool:
    """Return whether a history's place is a URL."""
    return bool(_URL.match(place))


def latest_name(name: str, renamed: Mapping[str, str]) -> str | None:
    """Return what a scenario is called now, None where it was renamed in a circle."""
    seen = {name}
    while name in renamed:
        name = renamed[name]
        if name in seen:
            return None
        seen.add(name)
    return name


def _renamed(one: StoredSuite, renamed: Mapping[str, str]) -> StoredSuite:
    if not renamed:
        return one
    cells = tuple(
        replace(cell, scenario=latest_name(cell.scenario, renamed) or cell.scenario)
        for cell in one.facts.cells
    )
    return StoredSuite(digest=one.digest, facts=replace(one.facts, cells=cells))


def _twice(heads: Iterable[StoredSuite]) -> list[tuple[StoredSuite, StoredSuite]]:
    """Return suites that another one with the same plan stands for, and that one: one that ran to
    its end before one that was interrupted and resumed."""
    first: dict[str, StoredSuite] = {}
    found = []
    for one in sorted(heads, key=lambda one: (one.facts.interrupted, one.digest)):
        kept = first.setdefault(one.facts.plan, one)
        if kept is not one:
            found.append((one, kept))
    return found
