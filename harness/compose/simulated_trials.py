"""Recorder defects under simulation: the part of a self-test that needs no browser.

Walks are simulated until a check fails in one of them. That finds what hardly ever happens in a
browser: one order of two answers, an heir at the right moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.compose.defects import KnownDefect
from harness.compose.simulate import page_sources
from harness.core.errors import HarnessError
from harness.ledger.defect import PlannedDefect
from harness.ledger.json_files import read_record, write_record
from harness.simulation.campaign import Campaign, simulate
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
    """Return the walks of the defects that the simulation can tell from a sound recorder."""
    trials = []
    for one in defects:
        if not one.walks:
            continue
        for seed in range(1, 1 + (seeds if one.chance else 1)):
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
    processes: int,
    watch: Callable[[SimulatedTrial], None] = lambda trial: None,
) -> None:
    """Simulate the trials and write simulated.json; ``watch`` is called before each of them.

    Ctrl-C ends it, and what was simulated is kept.
    """
    if not trials:
        return
    cells: list[Tried] = []
    interrupted = False
    for trial in trials:
        watch(trial)
        campaign = Campaign(
            sources=page_sources(str(trial.defect)),
            seed=trial.seed,
            walks=trial.walks,
            processes=processes if trial.walks > CHUNK else 1,
            until_failing=not trial.defect.twin,
            chunk=CHUNK,
        )
        try:
            done = simulate(campaign)
        except HarnessError as error:
            cells.append(_tried(seeded(trial.defect.id), trial, Tally(), error.line))
            continue
        if interrupted := done.interrupted:
            break
        cells.append(_tried(seeded(trial.defect.id), trial, done.tally))
    simulated = SimulatedDefects(cells=tuple(cells), interrupted=interrupted)
    write_record(directory / SIMULATED_FILE, simulated)


def read_simulated(directory: Path) -> SimulatedDefects:
    """Return what became of the defects that were simulated; nothing where none was."""
    file = directory / SIMULATED_FILE
    return read_record(file, SimulatedDefects) if file.exists() else SimulatedDefects()


def _tried(defect: SeededDefect, trial: SimulatedTrial, tally: Tally, problem: str = "") -> Tried:
    first = min((found.first for found in tally.checks.values()), default=None)
    return tried_under_simulation(
        defect,
        SIMULATION,
        twin=trial.defect.twin,
        seed=trial.seed,
        verdict=Verdict.NOT_RUN if problem else tally.verdict,
        found=tally.names,
        hits=tally.hits,
        walks=tally.walks if first is None else first + 1,
        reason=problem,
    )
