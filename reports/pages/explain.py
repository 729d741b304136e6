"""One impression's chain through all witnesses, in words and in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from harness.core.errors import LedgerUnreadable, UsageError
from harness.ledger.kinds.base import name_of
from harness.ledger.kinds.client import RecorderEvent
from harness.ledger.kinds.database import Appeared, Final, FinalRow, RoadmapQueryRow, Vanished
from harness.ledger.kinds.network import FaultEnd, FaultStart, StorageCleared
from harness.ledger.kinds.viewer import ViewShown
from harness.ledger.plan import PLAN_FILE
from harness.ledger.rundir import RUN_FILE
from harness.ledger.stored import read_plan
from reports.core.kinds import decoded, is_a, of_kind
from reports.evidence.fates import classify
from reports.evidence.frame import LedgerFrames, exploded, read_ledger

Line = tuple[int, str, str]
"""Monotonic ns, witness, what it saw."""

Row = dict[str, Any]


def explain(directory: Path, impression: str) -> str:
    """Return the story of ``user/artwork`` or of an artwork alone (every user that saw it).

    ``directory`` is a run, or a suite, in which every run is searched. Raises LedgerUnreadable
    when it is neither, UsageError when no witness knows the impression.
    """
    stories = []
    for run in _runs(directory):
        ledger = read_ledger(run)
        for user, artwork in _matching(ledger, impression):
            stories.append(_story(ledger, user, artwork))
    if not stories:
        raise UsageError(
            f"no witness of {directory} recorded {impression!r}",
            hint="Name it USER/ARTWORK or ARTWORK, as the report does",
        )
    return "\n\n".join(stories)


def _runs(directory: Path) -> list[Path]:
    if (directory / RUN_FILE).exists():
        return [directory]
    if (directory / PLAN_FILE).exists():
        cells = read_plan(directory).cells
        return [run for c in cells if ((run := directory / c.run) / RUN_FILE).exists()]
    raise LedgerUnreadable(
        f"{directory} is neither a run nor a suite directory",
        hint="`runs/latest` is the newest suite",
    )


def _matching(ledger: LedgerFrames, impression: str) -> list[tuple[str, str]]:
    frames = [ledger.viewer, ledger.database, exploded(ledger.client), exploded(ledger.load)]
    frames.append(exploded(ledger.server))
    known = pd.concat([f[["user", "artwork"]].astype("object") for f in frames]).dropna()
    wanted = known["artwork"] == impression
    wanted |= known["user"] + "/" + known["artwork"] == impression
    return sorted(set(known[wanted].itertuples(index=False, name=None)))


def _story(ledger: LedgerFrames, user: str, artwork: str) -> str:
    checks = ledger.run.plan.checks
    bounds = [float(c.parameters["within_s"]) for c in checks if c.name == "in_time"]
    fates = classify(ledger, late_after_s=min(bounds, default=None))
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
    head = f"{user}/{artwork}: {fate}\n{ledger.directory}"
    body = [
        f"{(at_ns - ledger.start_ns) / 1e9:9.3f} s  {who:<8}  {what}"
        for at_ns, who, what in sorted(lines)
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
    }
    for row in rows:
        yield row["mono_ns"], "database", f"{words[row['kind']]}{_some(row, 'copies')}"
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
