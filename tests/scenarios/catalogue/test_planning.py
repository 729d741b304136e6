"""From what a user asks to cells: options in any order, each cell derived from its arm alone."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cli.options.request import request_options
from harness.cli.options.shared import target_option
from harness.core.errors import HarnessError, UsageError
from harness.ledger.plan import PlannedCell, SuitePlan, write_plan
from harness.ledger.rundir import arm_text
from harness.ledger.stored import read_plan
from harness.target.target import Target
from reports.pages.publish import reproduce_command
from reports.verdict.verdict import Cell, Verdict
from scenarios.catalogue.cells import checks_of
from scenarios.catalogue.planning import plan, refuse_missing
from scenarios.catalogue.request import PlanRequest, load_catalogue
from scenarios.load.arms import workload_of
from tests.scenarios.catalogue.asking import Lacking, planned
from tests.scenarios.catalogue.asking import checks_of as names_of

CATALOGUE = load_catalogue()
EVERY = planned(every=True, seeds=(1,))
LEVELS: dict[str, Sequence[str]] = {
    "workload": ["roadmap", "scale"],
    "rate": ["50", "60"],
    "duration": ["12"],
    "sessions": ["20"],
    "processes": ["2"],
    "network": ["slow-3g", "fast-3g@toxiproxy"],
}


def test_every_cell_of_the_catalogue_is_read_back_from_its_plan(tmp_path: Path) -> None:
    write_plan(tmp_path, SuitePlan(suite="all", command="", cells=EVERY))
    assert [cell.plan for cell in read_plan(tmp_path).cells] == [cell.plan for cell in EVERY]


def test_options_of_a_load_go_into_the_arm_and_what_is_expected_of_it() -> None:
    (cell,) = planned("load", workload="roadmap", duration="12", rate="50", sessions="20")
    assert cell.plan.arm["rate"] == "50"
    workload = workload_of(cell.plan.arm)
    assert (workload.total, workload.sessions, workload.duration_s) == (500, 20, 12)
    checks = {spec.name: spec.parameters for spec in cell.plan.checks}
    assert checks["views_as_planned"] == {"views": 500}
    assert cell.about_s < 60 < cell.budget_s
    with pytest.raises(UsageError, match="--rate: none of these scenarios sends a load"):
        planned("first_visit", rate="5")
    with pytest.raises(UsageError, match="over before the first flush"):
        planned("load", workload="roadmap", duration="1")
    with pytest.raises(UsageError, match="there is no workload"):
        workload_of({"workload": "scael"})


def test_of_two_rates_both_are_run() -> None:
    cells = planned("steady_load", rate=["50", "60"])
    assert [cell.plan.arm["rate"] for cell in cells] == ["50", "60"]


def test_a_load_over_a_line_with_other_options_is_calibrated_and_judged_by_its_numbers() -> None:
    """The network must not be forgotten when the options of a load change what judges it."""
    (cell,) = planned("steady_load", rate="50", duration="12", network="slow-3g")
    assert cell.plan.arm == {
        "workload": "steady",
        "rate": "50",
        "duration": "12",
        "network": "slow-3g@packets",
    }
    assert "calibrated" in names_of(cell)
    assert "latency_p95" not in names_of(cell)
    checks = {spec.name: spec.parameters for spec in cell.plan.checks}
    assert checks["views_as_planned"] == {"views": workload_of(cell.plan.arm).total}


@settings(max_examples=40)
@given(data=st.data())
def test_options_in_any_order_give_the_same_cells(data: st.DataObject) -> None:
    factors = data.draw(st.lists(st.sampled_from(sorted(LEVELS)), unique=True))
    levels = {
        f: tuple(data.draw(st.lists(st.sampled_from(LEVELS[f]), min_size=1, unique=True)))
        for f in factors
    }
    again = {f: levels[f] for f in data.draw(st.permutations(factors))}
    cells, others = (
        plan(PlanRequest(names=("load",), levels=asked), CATALOGUE, Lacking())
        for asked in (levels, again)
    )
    assert cells == others
    for cell in cells:
        scenario = CATALOGUE.scenarios[cell.plan.scenario]
        assert cell.plan.checks == checks_of(scenario, cell.plan.arm)
        assert ("calibrated" in names_of(cell)) is ("network" in levels)


def test_names_in_any_order_give_the_same_cells() -> None:
    def runs(*names: str) -> set[str]:
        return {cell.run for cell in planned(*names)}

    assert runs("network", "first_visit", "load") == runs("load", "network", "first_visit")


def test_a_rate_that_this_machine_cannot_offer_is_refused() -> None:
    with pytest.raises(UsageError, match="requests/s"):
        planned("load", workload="scale-50", rate="1e9")
    elsewhere = {"master": "127.0.0.1:5557", "workers": "9"}
    assert planned("load", workload="scale-50", rate="1e9", **elsewhere)


def test_a_missing_part_can_be_made_an_error() -> None:
    cells = planned("first_visit", browser="firefox", lacking={"firefox": "get it"})
    with pytest.raises(HarnessError, match="firefox missing") as raised:
        refuse_missing(cells)
    assert "Run `get it`" in raised.value.line
    refuse_missing(planned("first_visit", browser="firefox"))


def requested(command: str) -> PlanRequest:
    """Return what `harness run …` asks for."""
    found: list[PlanRequest] = []

    @click.command()
    @request_options
    @target_option
    def ask(request: PlanRequest, target: Target) -> None:
        found.append(request)

    harness, run, *arguments = shlex.split(command)
    assert (harness, run) == ("harness", "run")
    CliRunner().invoke(ask, arguments, catch_exceptions=False, standalone_mode=False)
    return found[0]


def again(cell: PlannedCell) -> list[PlannedCell]:
    """Return what the command plans that a report prints for a cell."""
    arm = arm_text(cell.plan.arm)
    shown = Cell(
        scenario=cell.plan.scenario,
        arm=arm,
        seed=cell.plan.seed,
        verdict=Verdict.FAIL,
        reason="",
    )
    return plan(requested(reproduce_command(shown)), CATALOGUE, Lacking())


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.run)
def test_the_command_that_a_report_prints_plans_just_that_cell(one: PlannedCell) -> None:
    assert again(one) == [one]


@pytest.mark.parametrize(
    "levels",
    [
        {"rate": "50", "duration": "12"},
        {"network": "slow-3g@toxiproxy", "flush_delay": "3"},
        {"master": "127.0.0.1:5557", "workers": "2"},
    ],
    ids=lambda levels: "+".join(levels),
)
def test_so_it_does_for_a_load_with_options(levels: dict[str, str]) -> None:
    (cell,) = planned("load", workload="roadmap", seeds=(3,), **levels)
    assert again(cell) == [cell]


def test_a_defect_goes_into_any_arm_and_means_the_same_in_any_order() -> None:
    cells = planned("first_visit", browser="chromium", defect=["no_insert", "no_insert.twin"])
    assert [cell.plan.arm["defect"] for cell in cells] == ["no_insert", "no_insert.twin"]
    [load] = planned("steady_load", defect="no_insert", duration="12")
    assert load.plan.arm["defect"] == "no_insert"
    assert "nothing_lost" in names_of(load)
    with pytest.raises(UsageError, match="names no defect"):
        planned("first_visit", defect="../x")
    command = shlex.split(reproduce_command(_judged(cells[1])))
    assert command[-2:] == ["--arm", "defect=no_insert.twin"]


def _judged(cell: PlannedCell) -> Cell:
    return Cell(
        scenario=cell.plan.scenario,
        arm=arm_text(cell.plan.arm),
        seed=1,
        verdict=Verdict.PASS,
        reason="",
    )
