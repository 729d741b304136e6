"""A large ledger judged part by part: findings, fates and figures, in a bounded memory.

Parts are read one after the other. Of each are kept its findings, of each request times, outcome
and counts, and of each impression when it was shown and durable and its fate; no text of an id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from harness.ledger.kinds import DATABASE, LOAD, MACHINE
from harness.ledger.kinds.database import Final, FinalRow, RoadmapQueryRow
from harness.ledger.kinds.network import FaultEnd
from harness.ledger.rundir import CheckSpec
from harness.target.capabilities import Capability
from reports.checks import ALWAYS, CHECKS
from reports.core.kinds import is_kind, of_kind
from reports.core.types import Ints
from reports.evidence.columnar import counted, give_back
from reports.evidence.evidence import DAMAGED, Evidence
from reports.evidence.exchange.due import Due
from reports.evidence.exchange.frozen import frozen_figures
from reports.evidence.exchange.kinds_due import KINDS_DUE, kinds_due, processes_due
from reports.evidence.exchange.rows_twice import rows_twice
from reports.evidence.exchange.unsent import counted_by_generators
from reports.evidence.fates import Fates
from reports.evidence.frame import LedgerFrames
from reports.evidence.parts.ledger import PartedLedger, parted
from reports.evidence.parts.narrow import joined, narrowed
from reports.evidence.table.polls import appeared_by_poll, are_numbered, miscounted_polls
from reports.evidence.table.read_back import read_back
from reports.judging.deaths import death_findings
from reports.judging.findings import doubted, finding_of, judges
from reports.judging.parts.beside import VISITORS, visitors_in
from reports.judging.parts.merging import BY_USER, OF_THE_WHOLE, merged, undecided_in_parts
from reports.verdict.verdict import Finding, Verdict

_OF_REQUESTS = (
    *("scheduled_ns", "sent_ns", "done_ns", "user", "batch", "attempt"),
    *("outcome", "status", "error", "bytes", "inserted", "artworks"),
)
_OF_RECEIPTS = (
    *("kind", "lifetime", "mono_ns", "status"),
    *("received", "inserted", "duplicate", "rejected", "received_mono_ns", "committed_mono_ns"),
    *("artworks", "defect", "hits"),
)
_OF_IMPRESSIONS = ("shown_ns", "durable_ns", "copies", "fate")


@dataclass(slots=True)
class _Kept:
    """What is kept of the parts: ``due_checks`` judge at least one of them, ``rows`` is how many
    rows the last final read has in them."""

    findings: dict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    frames: dict[str, list[pd.DataFrame]] = field(default_factory=lambda: defaultdict(list))
    due_checks: set[str] = field(default_factory=set)
    viewer: pd.DataFrame | None = None
    due: Sequence[Due] | None = None
    views: int = 0
    rows: int = 0
    batches: int = 0
    decided: bool = True
    clock_error_ns: int = 0
    damaged: set[str] = field(default_factory=set)
    appeared: Ints | int = 0

    def together(self, name: str) -> pd.DataFrame:
        """Return what was kept under a name, once: column by column, each given up on the way."""
        frames = self.frames.pop(name)
        columns = {}
        for column in [one for one in frames[0].columns if all(one in each for each in frames)]:
            columns[column] = joined([frame.pop(column) for frame in frames])
            give_back(everything=True)
        return pd.DataFrame(columns, copy=False)


def judge_in_parts(
    directory: Path,
    asked: Sequence[CheckSpec],
    late_after_s: float | None,
    *,
    part_bytes: int | None = None,
) -> tuple[Evidence, tuple[Finding, ...]]:
    """Return the evidence of a run in short, and the findings of its checks, as they would be of
    the whole ledger.

    Raises as ``read_ledger`` does.
    """
    kept = _Kept()
    names = {spec.name for spec in asked}
    unasked = [CheckSpec(name=name) for name in ALWAYS if name not in names]
    with parted(directory, part_bytes=part_bytes) as ledger:
        # By ``map``: a name here would hold a part while the next one is read, and the last one to
        # the end.
        for _ in map(partial(_judge_part, kept, asked, unasked, late_after_s), ledger):
            pass
        whole = _whole(kept, ledger, late_after_s)
    return whole, _findings(kept, whole, asked, unasked)


def _judge_part(
    kept: _Kept,
    asked: Sequence[CheckSpec],
    unasked: Sequence[CheckSpec],
    late_after_s: float | None,
    part: LedgerFrames,
) -> None:
    """Keep what the checks find in one part, and what the whole needs of it."""
    evidence = Evidence(ledger=part, late_after_s=late_after_s)
    names = {spec.name for spec in asked}
    for spec in (*asked, *unasked):
        if spec.name in OF_THE_WHOLE or not (spec.name in names or judges(evidence, spec)):
            continue
        kept.due_checks.add(spec.name)
        if spec.name in BY_USER:
            kept.findings[spec.name].append(finding_of(evidence, spec))
    _take(kept, evidence)


def _take(kept: _Kept, evidence: Evidence) -> None:
    """Keep what the whole needs of one part: copies, because a slice of none of its rows would hold
    all of them in memory."""
    ledger, fates = evidence.ledger, evidence.fates
    is_first = kept.due is None
    if is_first:
        kept.viewer, kept.due = ledger.viewer.iloc[:0].copy(), kinds_due(ledger)
    kept.damaged |= evidence.damaged
    if are_numbered(ledger.database):
        kept.appeared = kept.appeared + appeared_by_poll(ledger.database)
    kept.decided &= fates.decided
    kept.clock_error_ns = max(kept.clock_error_ns, fates.clock_error_ns)
    kept.views += len(fates.views)
    has_faults = bool(is_kind(ledger.network, FaultEnd).any())
    columns = [*_OF_IMPRESSIONS, *(["waited_s"] if has_faults else [])]
    kept.frames["impressions"].append(narrowed(fates.impressions[columns]))
    kept.frames["visitors"].append(visitors_in(fates.impressions))
    numbers, texts = pd.factorize(ledger.load["batch"])
    batch = pd.Series(numbers, ledger.load.index, dtype="Int32").where(numbers >= 0)
    load = ledger.load[list(_OF_REQUESTS)].assign(batch=batch + kept.batches)
    kept.batches += len(texts)
    kept.frames["load"].append(narrowed(counted(load)))
    server = ledger.server
    if not is_first:  # rows about no user are in every part
        server = server[server["user"].notna()]
    kept.frames["server"].append(narrowed(counted(server[list(_OF_RECEIPTS)])))
    database = ledger.database
    rows = database[is_kind(database, FinalRow)]
    if len(rows):
        kept.rows += int(rows.loc[rows["mono_ns"] == rows["mono_ns"].max(), "copies"].sum())
    kept.frames["database"] += [
        rows[rows["copies"] > 1].copy(),
        of_kind(database, RoadmapQueryRow).copy(),
    ]


def _whole(kept: _Kept, parts: PartedLedger, late_after_s: float | None) -> Evidence:
    """Return the whole run's evidence in short: no view, no row but those stored twice."""
    kept.frames["database"].insert(0, parts.table_of_none())
    frames = {
        "viewer": kept.viewer,
        "database": kept.together("database").sort_values("mono_ns", kind="stable"),
        "load": kept.together("load"),
        "server": kept.together("server"),
    }
    ledger = parts.ledger(frames, in_short=True)
    damaged = set(kept.damaged)
    if words := counted_by_generators(ledger):
        damaged.add(LOAD.name)
        kept.findings["load_sent"].append(_undecided("load_sent", words))
    for due in _due_of_the_whole(kept, ledger, parts.ledger(_empty(ledger, frames))):
        damaged.add(due.witness)
        kept.findings["witnesses_whole"].append(_undecided("witnesses_whole", due.words))
    counted = of_kind(ledger.database, Final).tail(1)["rows"]
    if len(counted) and int(counted.iloc[0]) != kept.rows:
        damaged.add(DATABASE.name)
        more = int(counted.iloc[0]) - kept.rows
        words = f"the final read counts {int(counted.iloc[0])} rows, and {kept.rows} are there"
        kept.findings["witnesses_whole"].append(_undecided("witnesses_whole", words))
        if kept.findings["conservation"]:
            kept.findings["conservation"].append(_undecided("conservation", words, more))
    fates = Fates(
        impressions=kept.together("impressions"),
        views=pd.DataFrame(index=pd.RangeIndex(kept.views)),
        decided=kept.decided,
        clock_error_ns=kept.clock_error_ns,
    )
    evidence = Evidence(ledger=ledger, late_after_s=late_after_s)
    if Capability.DATABASE in evidence.capabilities and read_back(ledger).trouble:
        damaged.add(DATABASE.name)
    ledger.remembered(evidence.fates_name, lambda: fates)
    ledger.remembered(DAMAGED, lambda: frozenset(damaged))
    ledger.remembered(KINDS_DUE, lambda: kept.due)
    visitors = kept.together("visitors")
    ledger.remembered(VISITORS, lambda: visitors)
    return evidence


def _empty(ledger: LedgerFrames, names: Iterable[str]) -> dict[str, pd.DataFrame]:
    return {name: getattr(ledger, name).iloc[:0] for name in names}


def _due_of_the_whole(kept: _Kept, whole: LedgerFrames, undivided: LedgerFrames) -> Iterator[Due]:
    """Yield what is missing that no part can know of: parts have no samples of processes, and some
    of the rows that polls count. ``undivided`` holds no row of what was divided."""
    if whole.end is None or whole.end.status != "complete":
        return
    for due in (*rows_twice(undivided), *frozen_figures(undivided), *processes_due(undivided)):
        if due.witness == MACHINE.name:
            yield due
    if isinstance(kept.appeared, np.ndarray):
        yield from miscounted_polls(whole.database, kept.appeared)


def _findings(
    kept: _Kept, whole: Evidence, asked: Sequence[CheckSpec], unasked: Sequence[CheckSpec]
) -> tuple[Finding, ...]:
    """Return the findings in the order in which ``findings_of`` has them."""
    own = [
        spec
        for spec in unasked
        if spec.name in kept.due_checks or (spec.name in OF_THE_WHOLE and judges(whole, spec))
    ]
    harness = [spec for spec in own if CHECKS[spec.name].instrument]
    target = [spec for spec in own if not CHECKS[spec.name].instrument]
    findings = tuple(_finding(kept, whole, spec) for spec in (*harness, *asked, *target))
    if damaged := whole.damaged:
        findings = tuple(doubted(finding, damaged) for finding in findings)
    return (*death_findings(whole.ledger), *findings)


def _finding(kept: _Kept, whole: Evidence, spec: CheckSpec) -> Finding:
    if spec.name in BY_USER:
        return merged(kept.findings[spec.name])
    check = CHECKS.get(spec.name)
    if spec.name in OF_THE_WHOLE or check is None or check.needs - whole.capabilities:
        found = finding_of(whole, spec)
        give_back(everything=True)
        return found
    return undecided_in_parts(spec.name)


def _undecided(check: str, summary: str, measured: float | None = None) -> Finding:
    """Return what the whole says of a check that the parts cannot know."""
    return Finding(check=check, verdict=Verdict.UNKNOWN, summary=summary, measured=measured)
