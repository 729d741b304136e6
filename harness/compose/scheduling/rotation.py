"""Rotation: what does not fit into tonight's time comes tomorrow, the oldest evidence first.

``evidence.json`` in the folder of the runs says of every cell when it was last decided and how. A
suite with a budget runs the cells first that failed, then those that were never decided, then those
whose evidence is oldest; what is left is *not run*, and its reason says how old its evidence is.
So is a cell whose question another one answers that runs: its reason says which. One that failed
the last time is run whatever answers it.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from harness.compose.scheduling.answered import Answers
from harness.compose.scheduling.durations import wall_s
from harness.core.errors import HarnessError
from harness.ledger import door
from harness.ledger.json_files import Record, read_record, write_record
from harness.ledger.plan import PlannedCell, WhyNot
from harness.ledger.rundir import arm_text
from reports.verdict.verdict import Cell, SuiteVerdict, Verdict

EVIDENCE_FILE = "evidence.json"
NEVER = ""


class LastDecided(Record, frozen=True, kw_only=True):
    """When a cell was last decided (the UTC stamp of its suite's start), and how."""

    started: str
    verdict: str
    fails: bool


class LastEvidence(Record, frozen=True, kw_only=True):
    """evidence.json: target, by its name → cell → when it was last decided."""

    format: int = 1
    targets: Mapping[str, Mapping[str, LastDecided]] = {}


def key_of(cell: PlannedCell) -> str:
    """Return the name by which a cell is found again: that of its verdict (``Cell.name``)."""
    return f"{cell.plan.scenario} [{arm_text(cell.plan.arm)}] seed {cell.plan.seed}"


def read_evidence(runs: Path, target: str) -> Mapping[str, LastDecided]:
    """Return when each cell of a target was last decided; nothing where no suite has ended.

    Raises LedgerUnreadable for a file that was damaged.
    """
    return _read(runs).targets.get(target, {})


def note_evidence(runs: Path, target: str, suite: SuiteVerdict) -> None:
    """Write down which cells a suite decided. Raises HarnessError when that is impossible.

    A cell that was not decided keeps its older evidence.
    """
    before = _read(runs)
    cells = dict(before.targets.get(target, {}))
    for cell in suite.cells:
        if cell.verdict in (Verdict.PASS, Verdict.FAIL):
            cells[cell.name] = _decided(cell, suite.started)
    try:
        targets = {**before.targets, target: dict(sorted(cells.items()))}
        write_record(runs / EVIDENCE_FILE, LastEvidence(targets=targets))
    except OSError as error:
        raise HarnessError(f"cannot write {runs / EVIDENCE_FILE}: {error.strerror}") from error


def within_budget(
    cells: Sequence[PlannedCell],
    evidence: Mapping[str, LastDecided],
    *,
    budget_s: float,
    at_once: int,
    answers: Answers = MappingProxyType({}),
) -> list[PlannedCell]:
    """Return the cells in their order, those that do not fit as not run, with the reason; so are
    those that another one answers which fits.

    The first in turn runs even if it alone exceeds the budget; a shorter one may come before a
    longer one that does not fit.
    """
    spared = _spared(cells, evidence, answers)
    chosen: dict[str, PlannedCell] = {}
    for cell in sorted((c for c in cells if c.not_run is None), key=lambda c: _turn(c, evidence)):
        if chosen.keys() & spared.get(cell.run, ()):
            continue
        beside = {run: one for run, one in chosen.items() if cell.run not in spared.get(run, ())}
        if not chosen or wall_s([*beside.values(), cell], at_once) <= budget_s:
            chosen = {**beside, cell.run: cell}
    return [
        cell
        if cell.not_run or cell.run in chosen
        else replace(cell, not_run=WhyNot(kind="budget", reason=_left(cell, evidence, budget_s)))
        for cell in without_answered(cells, evidence, answers, among=chosen.keys())
    ]


def without_answered(
    cells: Sequence[PlannedCell],
    evidence: Mapping[str, LastDecided],
    answers: Answers,
    *,
    among: Collection[str] | None = None,
) -> list[PlannedCell]:
    """Return the cells in their order, those as not run that another one answers: one of the runs
    ``among``, by default one that can run and that no other answers."""
    spared = _spared(cells, evidence, answers)
    if among is None:
        among = {cell.run for cell in cells if cell.not_run is None} - spared.keys()
    keys = {cell.run: key_of(cell) for cell in cells}
    found = []
    for cell in cells:
        by = sorted(keys[run] for run in spared.get(cell.run, frozenset()).intersection(among))
        if by and cell.not_run is None and cell.run not in among:
            reason = (
                f"answered by {by[-1]}, which does all of this and more; {_seen(cell, evidence)}"
            )
            cell = replace(cell, not_run=WhyNot(kind="budget", reason=reason))
        found.append(cell)
    return found


def _spared(
    cells: Sequence[PlannedCell], evidence: Mapping[str, LastDecided], answers: Answers
) -> Answers:
    """Return the answers of the cells that did not fail the last time."""
    failed = {cell.run for cell in cells if (last := evidence.get(key_of(cell))) and last.fails}
    return {run: by for run, by in answers.items() if run not in failed}


def _read(runs: Path) -> LastEvidence:
    if not door.is_there(runs, EVIDENCE_FILE):
        return LastEvidence()
    return read_record(runs / EVIDENCE_FILE, LastEvidence)


def _decided(cell: Cell, started: str) -> LastDecided:
    fails = cell.verdict is Verdict.FAIL and not cell.failed_as_expected
    return LastDecided(started=started, verdict=cell.verdict.value, fails=fails)


def _turn(cell: PlannedCell, evidence: Mapping[str, LastDecided]) -> tuple[bool, str, int, str]:
    """Return what orders the cells: failing ones, then by age; those of one age are mixed.

    The mixture is the same each time: by a checksum of the name.
    """
    key = key_of(cell)
    last = evidence.get(key)
    started = last.started if last else NEVER
    return not (last and last.fails), started, zlib.crc32(key.encode()), key


def _left(cell: PlannedCell, evidence: Mapping[str, LastDecided], budget_s: float) -> str:
    return f"left for another time, {budget_s / 60:g} min are full; {_seen(cell, evidence)}"


def _seen(cell: PlannedCell, evidence: Mapping[str, LastDecided]) -> str:
    last = evidence.get(key_of(cell))
    return f"last decided {_day(last.started)}: {last.verdict}" if last else "never decided yet"


def _day(stamp: str) -> str:
    """Return the date of a UTC stamp (``20261122T184500Z`` → ``2026-11-22``)."""
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}"
