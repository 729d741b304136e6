"""The self-test: cells with one defect each, and what the kill matrix says of them.

The cells are run and judged like any others (``harness.compose.suite``); only the plan is made
here, from what each defect says of itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.compose.defects import DefectiveJudge, KnownDefect, known_defects, planted_by
from harness.compose.simulated_trials import (
    SIMULATION,
    SimulatedTrial,
    read_simulated,
    simulated_trials,
)
from harness.core.errors import UsageError
from harness.ledger.defect import FACTOR, PlannedDefect
from harness.ledger.plan import PlannedCell
from harness.ledger.rundir import arm_text
from harness.ledger.stored import read_plan
from reports.judging.defect_hits import hits
from reports.judging.judge import JudgedSuite
from reports.judging.kill_matrix import KillMatrix, SeededDefect, Tried, matrix_of, tried
from scenarios.catalogue.planning import plan
from scenarios.catalogue.request import Catalogue, Machine, PlanRequest

SUITE = "selftest"


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """What is tried: these defects (all, if none is named) of these layers, in their own trials or
    in ``scenarios``, and their healthy twins; the scenario ``simulation`` is that of recorder
    defects. ``seeds``: how many, where chance decides, under simulation, and of a defect that is
    named.

    ``smoke``: a dozen of all layers, each in the first of its trials.
    """

    ids: Sequence[str] = ()
    layers: Sequence[str] = ()
    scenarios: Sequence[str] = ()
    seeds: int = 1
    smoke: bool = False
    twins: bool = True


def chosen(test: SelfTest) -> list[KnownDefect]:
    """Return the defects of a self-test. Raises UsageError for an unknown one, and for none."""
    for name in test.ids:
        planted_by(name)
    found = [
        one
        for one in known_defects()
        if (not test.ids or one.id in test.ids)
        and (not test.layers or one.layer in test.layers)
        and (not test.smoke or one.smoke)
    ]
    if test.scenarios and not test.ids:
        found = [one for one in found if _is_tried(one, test.scenarios)]
    if not found:
        raise UsageError("no defect is chosen", hint="`harness selftest --list` shows all")
    return found


def _is_tried(defect: KnownDefect, scenarios: Sequence[str]) -> bool:
    if defect.walks and SIMULATION in scenarios:
        return True
    return any(trial.scenario in scenarios for trial in defect.trials)


def walks_of(test: SelfTest) -> list[SimulatedTrial]:
    """Return the simulated walks of a self-test. Raises UsageError as ``chosen`` does."""
    if test.scenarios and SIMULATION not in test.scenarios:
        return []
    return simulated_trials(chosen(test), seeds=test.seeds, twins=test.twins)


def cells_of(test: SelfTest, catalogue: Catalogue, machine: Machine) -> list[PlannedCell]:
    """Return the cells of a self-test. Raises UsageError for what cannot be planned."""
    planned: dict[str, PlannedCell] = {}
    for defect in chosen(test):
        levels = [
            PlannedDefect(id=defect.id, twin=twin) for twin in (False, True)[: 1 + test.twins]
        ]
        trials = _trials(defect, test.scenarios)
        for scenario, arm, first in trials[:1] if test.smoke else trials:
            for level in levels:
                several = (defect.chance or defect.id in test.ids) and not level.twin
                for seed in range(first, first + (test.seeds if several else 1)):
                    cell = _cell(scenario, arm, level, seed, catalogue, machine)
                    planned[cell.run] = cell
    return list(planned.values())


def _trials(
    defect: KnownDefect, scenarios: Sequence[str]
) -> Sequence[tuple[str, Mapping[str, str], int]]:
    own = [(str(one.scenario), dict(one.arm), int(one.seed)) for one in defect.trials]
    if not scenarios:
        return own
    kept = [one for one in own if one[0] in scenarios]
    return kept or [(name, {}, 1) for name in scenarios if name != SIMULATION]


def _cell(
    scenario: str,
    arm: Mapping[str, str],
    level: PlannedDefect,
    seed: int,
    catalogue: Catalogue,
    machine: Machine,
) -> PlannedCell:
    """Return the first cell that can run here of those that a trial means, or else the first."""
    levels = {factor: (one,) for factor, one in {**arm, FACTOR: str(level)}.items()}
    request = PlanRequest(names=(scenario,), levels=levels, seeds=(seed,))
    cells = plan(request, catalogue, machine)
    return next((one for one in cells if one.not_run is None), cells[0])


def seeded_by(name: str) -> SeededDefect:
    """Return what the matrix says of the defect with this id."""
    return next(seeded(one) for one in known_defects() if one.id == name)


def seeded(defect: KnownDefect) -> SeededDefect:
    """Return what the matrix says of a defect."""
    return SeededDefect(
        id=defect.id,
        layer=defect.layer,
        about=defect.about,
        expected=tuple(sorted(defect.expected)),
        verdict="unknown" if defect.verdict == "unknown" else "fail",
        chance=defect.chance,
    )


def kill_matrix(directory: Path, judged: JudgedSuite, judge: DefectiveJudge) -> KillMatrix:
    """Return the matrix of a suite that was judged by ``judge``; cells without a defect are left
    out."""
    defects = {one.id: seeded(one) for one in known_defects()}
    rows: list[Tried] = []
    for cell in read_plan(directory).cells:
        planned = PlannedDefect.of(cell.plan.arm)
        if planned is None or planned.id not in defects:
            continue
        name = f"{cell.plan.scenario} [{arm_text(cell.plan.arm)}] seed {cell.plan.seed}"
        run = judged.runs[name]
        reached = judge.hits.get(cell.plan.slug, 0)
        if run.evidence is not None:
            reached += hits(run.evidence.ledger).get(planned.id, 0)
        rows.append(tried(defects[planned.id], run.cell, twin=planned.twin, hits=reached))
    simulated = read_simulated(directory)
    rows += simulated.cells
    suite = judged.suite
    return matrix_of(
        [defects[name] for name in _in_order(defects, rows)],
        rows,
        started=suite.started,
        revision=str(suite.facts.get("revision", "")),
        command=suite.command,
        interrupted=suite.interrupted or simulated.interrupted,
    )


def merged(matrices: Sequence[KillMatrix]) -> KillMatrix:
    """Return several matrices as one; what was tried again in a scenario, defect or twin, counts
    anew there, and where a defect is no longer tried is left out."""
    tried_in = {one.id: _tried_in(one) for one in known_defects()}
    defects = {one.id: one for matrix in matrices for one in matrix.defects}
    cells: list[Tried] = []
    for matrix in matrices:
        again = {(one.defect, one.twin, one.scenario) for one in matrix.cells}
        cells = [one for one in cells if (one.defect, one.twin, one.scenario) not in again]
        cells += matrix.cells
    cells = [one for one in cells if one.scenario in tried_in.get(one.defect, ())]
    known = [one.id for one in known_defects() if any(cell.defect == one.id for cell in cells)]
    return matrix_of(
        [defects[name] for name in known],
        cells,
        started=max(matrix.started for matrix in matrices),
        revision=matrices[-1].revision,
        command=matrices[-1].command,
        interrupted=any(matrix.interrupted for matrix in matrices),
    )


def _tried_in(defect: KnownDefect) -> set[str]:
    """Return the scenarios in which a defect is tried today, the simulation among them."""
    simulated = {SIMULATION} if defect.walks else set()
    return simulated | {str(trial.scenario) for trial in defect.trials}


def _in_order(defects: Mapping[str, Any], rows: Iterable[Tried]) -> list[str]:
    tried_ids = {row.defect for row in rows}
    return [name for name in defects if name in tried_ids]
