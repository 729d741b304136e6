"""From what a user asks to cells: options in any order, each cell derived from its arm alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.errors import HarnessError, UsageError
from harness.ledger.plan import SuitePlan, write_plan
from harness.ledger.stored import read_plan
from scenarios.catalogue.cells import checks_of
from scenarios.catalogue.planning import plan, refuse_missing
from scenarios.catalogue.request import PlanRequest, TargetOffer, load_catalogue
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


def test_a_topology_is_put_under_every_scenario_that_is_about_none() -> None:
    cells = planned("steady_load", "first_visit", topology=("single", "balanced"))
    found = [(cell.plan.scenario, cell.plan.arm.get("topology")) for cell in cells]
    assert sorted(set(found), key=str) == [
        ("first_visit", "balanced"),
        ("first_visit", None),
        ("steady_load", "balanced"),
        ("steady_load", None),
    ]
    [missing] = planned("steady_load", topology="balanced", lacking={"haproxy": "bring it"})
    assert missing.not_run is not None
    assert missing.not_run.fix == "bring it"


def test_a_scenario_about_topologies_is_asked_of_those_it_has() -> None:
    cells = planned("scale_out", topology="pooled")
    assert cells
    assert {cell.plan.arm["topology"] for cell in cells} == {"pooled"}
    with pytest.raises(UsageError, match="no arm of these scenarios"):
        planned("scale_out", topology="pooled", fault="balancer_killed")


def test_a_topology_that_is_not_there_is_refused_and_so_is_one_of_another_system() -> None:
    with pytest.raises(UsageError, match="no topology 'balancd'"):
        planned("steady_load", topology="balancd")
    other = TargetOffer(offered=frozenset())
    with pytest.raises(UsageError, match="only the reference system"):
        planned("steady_load", topology="balanced", tried=other)


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


def test_a_defect_goes_into_any_arm_and_means_the_same_in_any_order() -> None:
    cells = planned("first_visit", browser="chromium", defect=["no_insert", "no_insert.twin"])
    assert [cell.plan.arm["defect"] for cell in cells] == ["no_insert", "no_insert.twin"]
    [load] = planned("steady_load", defect="no_insert", duration="12")
    assert load.plan.arm["defect"] == "no_insert"
    assert "nothing_lost" in names_of(load)
    with pytest.raises(UsageError, match="names no defect"):
        planned("first_visit", defect="../x")
