"""One impression's chain through all witnesses, in words and in the order of time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
from reports.evidence.fates import classify
from reports.evidence.frame import LedgerFrames, exploded, read_ledger
from reports.judging.directory.evidence import damage_named
from reports.judging.parameters import late_after_s

Line = tuple[Any, str, str]
"""Monotonic ns (null where the row has none), witness, what it saw."""

Row = dict[str, Any]


def explain(directory: Path, impression: str) -> str:
    """Return the story of ``user/artwork``, of an artwork alone (every user that saw it), or of
    the impressions that a finding's example names: those of a batch, say.

    The name may be as a report shows it (``harness.core.terminal.escaped``). ``directory`` is a
    run, or a suite, in which every run is searched. Raises LedgerUnreadable when it is neither,
    or when its only run is damaged, UsageError when no witness knows the impression.
    """
    runs, damaged = _runs(directory)
    found: dict[str, list[str]] = {}
    for run in runs:
        try:
            with damage_named(run):
                ledger = read_ledger(run)
                names = _Names.of(ledger)
                for how, users in names.matching(impression).items():
                    found.setdefault(how, []).extend(_story(ledger, *one) for one in users)
        except LedgerUnreadable as error:
            damaged.append(error)
    stories = next((found[how] for how in _HOW if found.get(how)), [])
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
    known = _Names.of(ledger)
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


_HOW = ("as it was escaped", "as it is", "named in it")
"""How a name was found, the surest first; the others are not shown beside it."""


@dataclass(frozen=True, slots=True)
class _Names:
    """What the witnesses of a run know: impressions, and those of each batch."""

    impressions: frozenset[tuple[str, str]]
    batches: Mapping[str, frozenset[tuple[str, str]]]

    @classmethod
    def of(cls, ledger: LedgerFrames) -> _Names:
        """Return the names in a ledger."""
        many = [exploded(frame) for frame in (ledger.client, ledger.load, ledger.server)]
        columns = ["user", "artwork"]
        known = pd.concat([f[columns].astype("object") for f in (ledger.viewer, ledger.database)])
        of_batch = pd.concat([f[["batch", *columns]].astype("object") for f in many]).dropna()
        batches: dict[str, set[tuple[str, str]]] = {}
        for batch, user, artwork in of_batch.itertuples(index=False, name=None):
            batches.setdefault(batch, set()).add((user, artwork))
        pairs = pd.concat([known, *(f[columns].astype("object") for f in many)]).dropna()
        return cls(
            frozenset(pairs.itertuples(index=False, name=None)),
            {batch: frozenset(found) for batch, found in batches.items()},
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
        words = f" {re.sub(r'[,;:()]', ' ', text)} "
        found = {(u, a) for u, a in self.impressions if f" {u}/{a} " in words}
        found |= {(u, a) for u, a in self.impressions if f" {a} as {u} " in words}
        for batch, pairs in self.batches.items():
            found |= pairs if f" {batch} " in words else set()
        return sorted(found)


def _story(ledger: LedgerFrames, user: str, artwork: str) -> str:
    fates = classify(ledger, late_after_s=late_after_s(ledger.run.plan.checks))
    mine = _about(fates.impressions, user, artwork)
    fate = mine[0]["fate"] if mine else "neither shown nor stored"
    if not fates.decided:
        fate = f"undecided (no final read); so far {fate}"
    lines = [
        *_viewer(_about(ledger.viewer, user, artwork)),
        *_client(_about(exploded(ledger.client), user, artwork)),
        *_load(_about(exploded(ledger.load), user, artwork)),
        *_server(_about(exploded(ledger.server), user, artwork)),
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
