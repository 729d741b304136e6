"""What a self-test plans, and what becomes of its cells in the matrix."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.compose.defects import DefectiveJudge, known_defects
from harness.compose.directory import suite_plan
from harness.compose.selftest import (
    SIMULATION,
    SelfTest,
    cells_of,
    chosen,
    kill_matrix,
    merged,
    seeded,
    walks_of,
)
from harness.core.errors import UsageError
from harness.ledger.json_files import write_record
from harness.ledger.plan import PlannedCell, SuiteEnd, write_plan, write_suite_end
from harness.ledger.rundir import RUN_FILE
from harness.ledger.stored import read_run
from reports.judging.judge import judge_suite
from reports.judging.kill_matrix import Kill, KillMatrix, Tried, matrix_of
from reports.verdict.verdict import Verdict
from scenarios.catalogue.request import load_catalogue
from tests.reports.ledgers import HandWritten
from tests.scenarios.catalogue.asking import Lacking

CATALOGUE = load_catalogue()


def planned(test: SelfTest, **lacking: str) -> list[PlannedCell]:
    return cells_of(test, CATALOGUE, Lacking(lacking))


def test_each_trial_is_one_cell_and_one_for_the_twin() -> None:
    cells = planned(SelfTest(ids=["no_insert"]))
    assert [(c.plan.scenario, c.plan.arm["defect"]) for c in cells] == [
        ("first_visit", "no_insert"),
        ("first_visit", "no_insert.twin"),
    ]
    assert {c.plan.arm["preset"] for c in cells} == {"durable"}
    assert len(planned(SelfTest(ids=["no_insert"], twins=False))) == 1


def test_another_scenario_takes_the_place_of_the_trials() -> None:
    [cell] = planned(SelfTest(ids=["no_insert"], scenarios=["steady_load"], twins=False))
    assert (cell.plan.scenario, cell.plan.arm["defect"]) == ("steady_load", "no_insert")


def test_recorder_defects_are_simulated_too_where_no_other_scenario_is_chosen() -> None:
    both = [str(one.defect) for one in walks_of(SelfTest(ids=["no_retry"]))]
    assert both == ["no_retry", "no_retry.twin"]
    assert walks_of(SelfTest(ids=["no_retry"], scenarios=["first_visit"])) == []
    alone = SelfTest(ids=["no_retry"], scenarios=["simulation"], twins=False)
    assert [str(one.defect) for one in walks_of(alone)] == ["no_retry"]
    assert planned(alone) == []
    assert walks_of(SelfTest(ids=["no_insert", "pagehide_once"])) == []


def test_layers_and_the_smoke_subset_choose() -> None:
    assert {one.layer for one in chosen(SelfTest(layers=["network"]))} == {"network"}
    smoke = chosen(SelfTest(smoke=True))
    assert 0 < len(smoke) < len(known_defects())
    with pytest.raises(UsageError, match="no defect 'no_inserts'"):
        chosen(SelfTest(ids=["no_inserts"]))
    with pytest.raises(UsageError, match="no defect is chosen"):
        chosen(SelfTest(ids=["no_insert"], layers=["network"]))


def test_every_defect_can_be_planned() -> None:
    cells, walks = planned(SelfTest()), walks_of(SelfTest())
    tried = {c.plan.arm["defect"] for c in cells} | {str(trial.defect) for trial in walks}
    assert tried >= {one.id for one in known_defects()}
    assert all(cell.not_run is None for cell in cells), "a trial that cannot run proves nothing"


def judged(directory: Path, cells: list[PlannedCell], **hits: int) -> dict[tuple[str, bool], Kill]:
    """Write a suite whose runs are empty but for their hits; return the matrix's states."""
    directory.mkdir(exist_ok=True)
    write_plan(directory, suite_plan("selftest", "harness selftest", cells))
    for cell in cells:
        ledger = HandWritten(arm=dict(cell.plan.arm), scenario=cell.plan.scenario)
        level = cell.plan.arm["defect"]
        if count := hits.get(level.replace(".", "_"), 0):
            ledger.lifetime()
            line = {"format": 1, "kind": "defect_reached", "lifetime": "l", "mono_ns": 2}
            ledger.receipts.append({**line, "defect": level.split(".")[0], "hits": count})
        run = ledger.write(directory / cell.run)
        write_record(run / RUN_FILE, replace(read_run(run), plan=cell.plan))
    write_suite_end(directory, SuiteEnd(interrupted=False))
    judge = DefectiveJudge()
    matrix = kill_matrix(directory, judge_suite(directory, judge), judge)
    assert merged([matrix, matrix]).cells == matrix.cells
    return {(one.defect, one.twin): one.kill for one in matrix.cells}


def test_a_switch_that_was_never_reached_proves_nothing(tmp_path: Path) -> None:
    cells = planned(SelfTest(ids=["no_insert"]))
    states = judged(tmp_path, cells, no_insert=3)
    assert states["no_insert", False] is Kill.MISNAMED  # an empty run is undecided
    assert states["no_insert", True] is Kill.UNDECIDED
    states = judged(tmp_path / "unreached", cells)
    assert states["no_insert", False] is Kill.UNREACHED


def test_cells_that_could_not_run_are_not_run(tmp_path: Path) -> None:
    cells = planned(SelfTest(ids=["no_insert"]), chromium="install it")
    assert all(cell.not_run for cell in cells)
    write_plan(tmp_path, suite_plan("selftest", "", cells))
    judge = DefectiveJudge()
    matrix = kill_matrix(tmp_path, judge_suite(tmp_path, judge), judge)
    assert {one.kill for one in matrix.cells} == {Kill.NOT_RUN}


def test_what_the_matrix_says_of_a_defect_is_what_the_defect_says() -> None:
    for one in known_defects():
        found = seeded(one)
        assert (found.id, found.about, found.verdict) == (one.id, one.about, one.verdict)


def test_a_defect_that_is_tried_again_counts_anew_in_that_scenario_alone() -> None:
    """Its simulation and its browser are two tries: the later one is no word on the other."""
    defect = next(one for one in known_defects() if one.id == "no_retry")
    in_browser = Tried(
        defect="no_retry",
        twin=False,
        scenario=str(defect.trials[0].scenario),
        arm="",
        seed=1,
        kill=Kill.MISSED,
        hits=1,
        verdict=Verdict.PASS,
    )
    simulated = replace(in_browser, scenario=SIMULATION, kill=Kill.CAUGHT)
    better = replace(in_browser, kill=Kill.CAUGHT)

    def matrix(*cells: Tried) -> KillMatrix:
        return matrix_of([seeded(defect)], cells, started="", revision="", command="")

    assert merged([matrix(in_browser), matrix(simulated)]).cells == (in_browser, simulated)
    assert merged([matrix(in_browser, simulated), matrix(better)]).cells == (simulated, better)
