"""One impression's chain through all witnesses, in words and in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from harness.core.errors import LedgerUnreadable, UsageError
from harness.core.terminal import escaped, unescaped
from harness.ledger import door
from harness.ledger.kinds.base import name_of
from harness.ledger.kinds.client import RecorderEvent
from harness.ledger.kinds.database import (
    Appeared,
    FavouriteKept,
    Final,
    FinalRow,
    ReplaysKept,
    RoadmapQueryRow,
    Vanished,
)
from harness.ledger.kinds.network import FaultEnd, FaultStart, StorageCleared
from harness.ledger.kinds.viewer import ViewReplayed, ViewShown
from harness.ledger.plan import PLAN_FILE
from harness.ledger.rundir import RUN_FILE
from harness.ledger.stored import read_plan
from reports.core.kinds import decoded, is_a, of_kind
from reports.core.text import one_line
from reports.evidence.evidence import Evidence
from reports.evidence.fates import Fate, Fates
from reports.evidence.frame import LedgerFrames, exploded, read_ledger
from reports.evidence.parts.ledger import is_large
from reports.judging.directory.evidence import damage_named
from reports.judging.parameters import late_after_s
from reports.judging.parts.chosen import about
from reports.judging.parts.named import Named, words_of

Line = tuple[Any, str, str]
"""Monotonic ns (null where the row has none), witness, what it saw."""

Row = dict[str, Any]

MOST_STORIES = 100
"""Of more impressions with one name those with the worst fates are shown, the others counted."""
_FATES = {fate.value: place for place, fate in enumerate(Fate)}


def explain(directory: Path, impression: str) -> str:
    """Return the story of ``user/artwork``, of an artwork alone (every user that saw it), or of
    the impressions that a finding's example names: those of a batch, say.

    The name may be as a report shows it (``harness.core.terminal.escaped``). ``directory`` is a
    run, or a suite, in which every run is searched; of more than ``MOST_STORIES`` impressions with
    a name those with the worst fates are shown. Raises LedgerUnreadable when it is neither, or when
    its only run is damaged, UsageError when no witness knows the impression.
    """
    runs, damaged = _runs(directory)
    found = {how: _Stories([], 0) for how in _HOW}
    named = Named([unescaped(impression), impression, words_of(unescaped(impression))])
    for run in runs:
        try:
            with damage_named(run):
                for ledger in _ledgers(run, named):
                    for how, pairs in _Names.of(ledger, named).matching(impression).items():
                        found[how].add(ledger, pairs)
        except LedgerUnreadable as error:
            damaged.append(error)
    stories = next((one.texts() for one in found.values() if one.count), [])
    if not stories and damaged:
        raise damaged[0]
    if not stories:
        raise UsageError(
            f"no witness of {directory} recorded {escaped(impression)}",
            hint="Name it USER/ARTWORK or ARTWORK, as the report does",
        )
    return "\n\n".join([*stories, *(f"not searched: {error.line}" for error in damaged)])


def stories_in(ledger: LedgerFrames, names: Iterable[str]) -> dict[str, str]:
    """Return the story of each of ``names`` that names exactly one impression, by the name.

    Names are those of a finding's examples, as they stand in it. A name that means several
    impressions (a batch's) or none has no story.
    """
    names = list(names)
    known = _Names.of(ledger, Named(text for name in names for text in (name, words_of(name))))
    found = {name: known.meant_by(name) for name in names}
    return {name: _story(ledger, *pairs[0]) for name, pairs in found.items() if len(pairs) == 1}


def _runs(directory: Path) -> tuple[list[Path], list[LedgerUnreadable]]:
    """Return the runs of a directory, and why others of its plan cannot be read."""
    if door.is_there(directory, RUN_FILE):
        return [directory], []
    if not door.is_there(directory, PLAN_FILE):
        raise LedgerUnreadable(
            f"{directory} is neither a run nor a suite directory",
            hint="`runs/latest` is the newest suite",
        )
    runs: list[Path] = []
    damaged: list[LedgerUnreadable] = []
    for cell in read_plan(directory).cells:
        try:
            if door.is_there(directory, f"{cell.run}/{RUN_FILE}"):
                runs.append(door.below(directory, cell.run))
        except LedgerUnreadable as error:
            damaged.append(error)
    return runs, damaged


def _ledgers(run: Path, named: Named) -> Iterator[LedgerFrames]:
    """Yield a run's ledger; of one that is larger than memory the parts that have what is named."""
    if not is_large(run):
        yield read_ledger(run)
        return
    with about(run, named) as ledger:
        yield from ledger


_HOW = ("as it was escaped", "as it is", "named in it")
"""How a name was found, the surest first; the others are not shown beside it."""


@dataclass(frozen=True, slots=True)
class _Names:
    """What the witnesses of a run know: impressions, and those of each batch."""

    impressions: frozenset[tuple[str, str]]
    batches: Mapping[str, frozenset[tuple[str, str]]]

    @classmethod
    def of(cls, ledger: LedgerFrames, named: Named) -> _Names:
        """Return the names in a ledger that ``named`` may mean."""
        impressions: set[tuple[str, str]] = set()
        batches: dict[str, set[tuple[str, str]]] = {}
        for frame in (ledger.viewer, ledger.database):
            impressions |= _pairs(frame[named.artworks_of(frame["artwork"])])
        for frame in (ledger.client, ledger.load, ledger.server):
            rows = exploded(frame[["user", "artworks"]])
            impressions |= _pairs(rows[named.artworks_of(rows["artwork"])])
            rows = exploded(
                frame.loc[named.batches_of(frame["batch"]), ["batch", "user", "artworks"]]
            )
            for batch, *pair in rows.astype("object").dropna().itertuples(index=False, name=None):
                batches.setdefault(batch, set()).add((pair[0], pair[1]))
        for pairs in batches.values():
            impressions |= pairs
        return cls(
            frozenset(impressions), {batch: frozenset(found) for batch, found in batches.items()}
        )

    def matching(self, name: str) -> dict[str, list[tuple[str, str]]]:
        """Return the impressions that a name means, by how it was found, sorted."""
        first, second, third = _HOW
        return {
            first: self._named(unescaped(name)),
            second: self._named(name),
            third: self._named_in(unescaped(name)),
        }

    def meant_by(self, example: str) -> list[tuple[str, str]]:
        """Return the impressions that a finding's example names, as it stands in the finding."""
        return self._named(example) or self._named_in(example)

    def _named(self, name: str) -> list[tuple[str, str]]:
        return sorted((u, a) for u, a in self.impressions if name in (a, f"{u}/{a}"))

    def _named_in(self, text: str) -> list[tuple[str, str]]:
        """Return the impressions, and those of the batches, that a text names as whole words."""
        words = words_of(text)
        found = {(u, a) for u, a in self.impressions if f" {u}/{a} " in words}
        found |= {(u, a) for u, a in self.impressions if f" {a} as {u} " in words}
        for batch, pairs in self.batches.items():
            found |= pairs if f" {batch} " in words else set()
        return sorted(found)


@dataclass(slots=True)
class _Stories:
    """The stories of impressions that share a name, ``MOST_STORIES`` with the worst fates, and how
    many impressions there are."""

    kept: list[tuple[int, str]]
    count: int

    def add(self, ledger: LedgerFrames, pairs: Sequence[tuple[str, str]]) -> None:
        """Add the stories of a ledger's impressions."""
        self.count += len(pairs)
        fates = _fates_by_pair(ledger, pairs)
        ranked = [(_FATES.get(fates.get(pair, ""), -1), pair) for pair in pairs]
        if len(ranked) > MOST_STORIES:
            ranked = sorted(ranked)[:MOST_STORIES]
        self.kept += [(rank, _story(ledger, *pair)) for rank, pair in ranked]
        if len(self.kept) > MOST_STORIES:
            self.kept = sorted(self.kept, key=lambda one: one[0])[:MOST_STORIES]

    def texts(self) -> list[str]:
        """Return the stories, and in words how many more there are."""
        more = self.count - len(self.kept)
        words = f"… and {more:,} more impressions of this name: USER/ARTWORK names one"
        return [*(story for _, story in self.kept), *([words] if more else [])]


def _pairs(rows: pd.DataFrame) -> set[tuple[str, str]]:
    named = rows[["user", "artwork"]].drop_duplicates().astype("object").dropna()
    return set(named.itertuples(index=False, name=None))


def _fates(ledger: LedgerFrames) -> Fates:
    return Evidence(ledger=ledger, late_after_s=late_after_s(ledger.run.plan.checks)).fates


def _fates_by_pair(
    ledger: LedgerFrames, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Return the fates of these impressions, of those that have one."""
    table = _fates(ledger).impressions
    rows = table[table["artwork"].isin({artwork for _, artwork in pairs})]
    named = rows[["user", "artwork", "fate"]].astype("object").itertuples(index=False, name=None)
    return {(user, artwork): str(fate) for user, artwork, fate in named}


def _story(ledger: LedgerFrames, user: str, artwork: str) -> str:
    fates = _fates(ledger)
    mine = _about(fates.impressions, user, artwork)
    fate = mine[0]["fate"] if mine else "neither shown nor stored"
    if not fates.decided:
        fate = f"undecided (no final read); so far {fate}"
    lines = [
        *_viewer(_about(ledger.viewer, user, artwork)),
        *_client(_about(_of_user(ledger.client, user), user, artwork)),
        *_load(_about(_of_user(ledger.load, user), user, artwork)),
        *_server(_about(_of_user(ledger.server, user), user, artwork)),
        *_database(_about(ledger.database, user, artwork), ledger.database),
        *_faults(ledger.network),
    ]
    head = f"{escaped(f'{user}/{artwork}')}: {fate}\n{escaped(str(ledger.directory))}"
    timed = sorted((int(at_ns), who, what) for at_ns, who, what in lines if pd.notna(at_ns))
    untimed = [(who, what) for at_ns, who, what in lines if pd.isna(at_ns)]
    body = [
        *(
            f"{(at_ns - ledger.start_ns) / 1e9:9.3f} s  {who:<8}  {one_line(what)}"
            for at_ns, who, what in timed
        ),
        *(f"{'no time':>11}  {who:<8}  {one_line(what)}" for who, what in untimed),
    ]
    return "\n".join([head, *body])


def _of_user(frame: pd.DataFrame, user: str) -> pd.DataFrame:
    return exploded(frame[frame["user"] == user])


def _about(frame: pd.DataFrame, user: str, artwork: str) -> list[Row]:
    mine = frame[(frame["user"] == user) & (frame["artwork"] == artwork)]
    return _rows(mine)


def _rows(frame: pd.DataFrame) -> list[Row]:
    return [
        {str(name): value for name, value in row.items()}
        for row in frame.astype("object").to_dict("records")
    ]


def _viewer(rows: list[Row]) -> Iterator[Line]:
    for row in rows:
        what = "is on the screen" if is_a(row, ViewShown) else "is about to be shown"
        if is_a(row, ViewReplayed):
            what = "is shown again, as a replay,"
        yield row["mono_ns"], "viewer", f"{what} in tab {row['tab']}"


def _client(rows: list[Row]) -> Iterator[Line]:
    for row in rows:
        facts = _some(row, "batch", "attempt", "transport", "status", "queue_depth")
        why = decoded(row, RecorderEvent).reason if is_a(row, RecorderEvent) else None
        reason = f": {why}" if why else ""
        yield row["mono_ns"], "client", f"{row['kind']}{facts}{reason}"


def _load(rows: list[Row]) -> Iterator[Line]:
    for row in rows:
        lag_ms = (row["sent_ns"] - row["scheduled_ns"]) / 1e6
        facts = _some(row, "batch", "attempt")
        yield row["sent_ns"], "load", f"request sent{facts}, {lag_ms:.1f} ms after its time"
        took_ms = (row["done_ns"] - row["sent_ns"]) / 1e6
        facts = _some(row, "status", "error")
        yield row["done_ns"], "load", f"request {row['outcome']} after {took_ms:.1f} ms{facts}"


def _server(rows: list[Row]) -> Iterator[Line]:
    for row in rows:
        facts = _some(row, "batch", "tab", "attempt", "transport")
        yield row["received_mono_ns"], "server", f"batch received{facts}"
        counts = f"{row['inserted']} inserted, {row['duplicate']} duplicate of {row['received']}"
        if pd.notna(row["committed_mono_ns"]):
            yield row["committed_mono_ns"], "server", f"batch committed: {counts}"
        else:
            yield (
                row["received_mono_ns"],
                "server",
                f"batch refused{_some(row, 'status', 'reason')}",
            )


def _database(rows: list[Row], database: pd.DataFrame) -> Iterator[Line]:
    words = {
        name_of(Appeared): "a poll sees the row",
        name_of(Vanished): "a poll no longer sees the row",
        name_of(FinalRow): "the final read finds the row",
        name_of(RoadmapQueryRow): "the roadmap's query counts the row",
        name_of(ReplaysKept): "the table counts its replays",
        name_of(FavouriteKept): "the table counts the changes of its heart",
    }
    for row in rows:
        counted = f": {row['rows']}" if is_a(row, ReplaysKept, FavouriteKept) else ""
        yield row["mono_ns"], "database", f"{words[row['kind']]}{counted}{_some(row, 'copies')}"
    final = _rows(of_kind(database, Final))
    if final and all(not is_a(row, FinalRow) for row in rows):
        yield final[-1]["mono_ns"], "database", "the final read finds no row"


def _faults(network: pd.DataFrame) -> Iterator[Line]:
    for row in _rows(of_kind(network, FaultStart, FaultEnd)):
        what = "begins" if is_a(row, FaultStart) else "ends"
        yield row["mono_ns"], "network", f"the fault {what}: {row['fault']}"
    for row in _rows(of_kind(network, StorageCleared)):
        yield row["mono_ns"], "browser", f"its user clears what it keeps ({row['detail']})"


def _some(row: Row, *names: str) -> str:
    """Return the facts that are known, in words: `` (batch 3f…, attempt 2)``."""
    facts = [f"{name.replace('_', ' ')} {row[name]}" for name in names if pd.notna(row[name])]
    return f" ({', '.join(facts)})" if facts else ""
