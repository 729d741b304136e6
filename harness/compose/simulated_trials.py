"""Recorder defects under simulation: the part of a self-test that needs no browser.

Walks are simulated until one is found wrong by the right name. That finds what hardly ever happens
in a browser: one order of two answers, an heir at the right moment.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.compose.defects import KnownDefect
from harness.compose.simulate import page_sources
from harness.core.errors import HarnessError
from harness.ledger.defect import PlannedDefect
from harness.ledger.json_files import read_record, write_record
from harness.simulation.engine import Engine
from harness.simulation.tally import Tally
from reports.judging.kill_matrix import SeededDefect, Tried, tried_under_simulation
from reports.verdict.verdict import Verdict

SIMULATION = "simulation"
"""The name of the simulation among the scenarios of a self-test."""
SIMULATED_FILE = "simulated.json"
TWIN_WALKS = 100
CHUNK = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedTrial:
    """A defect, or its twin, and by how many walks it must be found at the latest."""

    defect: PlannedDefect
    walks: int
    seed: int = 1


class SimulatedDefects(msgspec.Struct, frozen=True, kw_only=True):
    """simulated.json: what became of the defects that were simulated."""

    cells: tuple[Tried, ...] = ()
    interrupted: bool = False


def simulated_trials(
    defects: Iterable[KnownDefect], *, seeds: int, twins: bool
) -> list[SimulatedTrial]:
    """Return the walks of the defects that the simulation can tell from a sound recorder, with as
    many seeds each: which walks are drawn is chance for all of them."""
    trials = []
    for one in defects:
        if not one.walks:
            continue
        for seed in range(1, 1 + seeds):
            planned = PlannedDefect(id=one.id, twin=False)
            trials.append(SimulatedTrial(defect=planned, walks=one.walks, seed=seed))
        if twins:
            twin = PlannedDefect(id=one.id, twin=True)
            trials.append(SimulatedTrial(defect=twin, walks=TWIN_WALKS))
    return trials


def simulate_trials(
    trials: Sequence[SimulatedTrial],
    seeded: Callable[[str], SeededDefect],
    directory: Path,
    *,
    watch: Callable[[Sequence[SimulatedTrial]], None] = lambda trials: None,
) -> None:
    """Simulate the trials and write simulated.json; ``watch`` is called with all seeds of a defect,
    before them.

    Walks are walked one after the other, so that how many it took is no matter of which process was
    faster. Ctrl-C ends it, and what was simulated is kept.
    """
    if not trials:
        return
    cells: list[Tried] = []
    interrupted = False
    try:
        for defect, some in itertools.groupby(trials, key=lambda one: one.defect):
            seeds = list(some)
            watch(seeds)
            known = seeded(defect.id)
            wanted = frozenset[str]() if defect.twin else frozenset(known.expected)
            for trial, outcome in _outcomes(page_sources(str(defect)), seeds, wanted):
                cells.append(_tried(known, trial, outcome))
    except KeyboardInterrupt:
        interrupted = True
    simulated = SimulatedDefects(cells=tuple(cells), interrupted=interrupted)
    write_record(directory / SIMULATED_FILE, simulated)


def _outcomes(
    sources: Mapping[str, str], trials: Iterable[SimulatedTrial], wanted: frozenset[str]
) -> Iterator[tuple[SimulatedTrial, Tally | HarnessError]]:
    """Yield what came of each trial, or why nothing did; all of them have these sources.

    ``wanted`` are the names under which the defect must be found.
    """
    left = list(trials)
    try:
        with Engine(sources) as engine:
            while left:
                tally = _walked(engine, left[0], wanted)
                yield left.pop(0), tally
    except HarnessError as error:
        for trial in left:
            yield trial, error


def _walked(engine: Engine, trial: SimulatedTrial, wanted: frozenset[str]) -> Tally:
    """Walk a trial's walks, until one is found wrong under one of the ``wanted`` names.

    A defect shows in several ways: a walk that only breaks a check beside those that name it ends
    nothing. One that no walk finds under such a name is misnamed.
    """
    tally = Tally()
    for first in range(0, trial.walks, CHUNK):
        count = min(CHUNK, trial.walks - first)
        tally.add(engine.many(seed=trial.seed, first=first, count=count, preset="durable"))
        if wanted & set(tally.names):
            break
    tally.judge_pauses()
    return tally


def read_simulated(directory: Path) -> SimulatedDefects:
    """Return what became of the defects that were simulated; nothing where none was."""
    file = directory / SIMULATED_FILE
    return read_record(file, SimulatedDefects) if file.exists() else SimulatedDefects()


def _tried(defect: SeededDefect, trial: SimulatedTrial, outcome: Tally | HarnessError) -> Tried:
    tally = outcome if isinstance(outcome, Tally) else Tally()
    rightly = [found.first for name, found in tally.checks.items() if name in defect.expected]
    first = min(rightly or (found.first for found in tally.checks.values()), default=None)
    return tried_under_simulation(
        defect,
        SIMULATION,
        twin=trial.defect.twin,
        seed=trial.seed,
        verdict=tally.verdict if outcome is tally else Verdict.NOT_RUN,
        found=tally.names,
        hits=tally.hits,
        walks=tally.walks if first is None else first + 1,
        reason="" if isinstance(outcome, Tally) else outcome.line,
    )
