"""From what a user asks to cells: options in any order, each cell derived from its arm alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from harness.core.errors import HarnessError, UsageError
from harness.ledger.plan import SuitePlan, write_plan
from harness.ledger.stored import read_plan
from harness.target.capabilities import EVERYTHING, Capability
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
    with pytest.raises(UsageError, match="only the reference system") as refused:
        planned("steady_load", topology="balanced", tried=other)
    assert "Leave --topology out" in refused.value.hint


def test_options_of_a_load_go_into_the_arm_and_what_is_expected_of_it() -> None:
    (cell,) = planned("load", workload="roadmap", duration="12", rate="50", sessions="20")
    assert cell.plan.arm["rate"] == "50"
    workload = workload_of(cell.plan.arm)
    assert (workload.total, workload.sessions, workload.duration_s) == (500, 20, 12)
    checks = {spec.name: spec.parameters for spec in cell.plan.checks}
    assert checks["views_as_planned"] == {"views": 500}
    assert cell.about_s < 60 < cell.budget_s
    with pytest.raises(
        UsageError, match="--flush-delay, --rate: none of these scenarios sends a load"
    ) as refused:
        planned("first_visit", rate="5", flush_delay="1")
    assert "`harness run load`" in refused.value.hint
    with pytest.raises(UsageError, match="over before the first flush"):
        planned("load", workload="roadmap", duration="1")
    with pytest.raises(UsageError, match="there is no workload"):
        workload_of({"workload": "scael"})


def test_options_of_a_load_leave_what_sends_none_as_it_is() -> None:
    cells = planned("first_visit", "steady_load", browser="chromium", rate="50", duration="12")
    found = {cell.plan.scenario: dict(cell.plan.arm) for cell in cells}
    assert "rate" not in found["first_visit"]
    assert found["steady_load"].items() >= {"rate": "50", "duration": "12"}.items()


def test_a_workload_that_does_not_exist_is_called_one() -> None:
    with pytest.raises(UsageError, match="there is no workload 'scael'") as refused:
        planned("load", workload="scael")
    assert "Did you mean 'scale'" in refused.value.hint


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


def test_each_seed_that_is_asked_for_is_a_cell_of_its_own() -> None:
    cells = planned("first_visit", browser="chromium", seeds=(7, 3))
    assert [cell.plan.seed for cell in cells] == [7, 3]
    assert len({cell.run for cell in cells}) == 2


def test_a_load_is_judged_by_the_targets_of_a_users_own_file(tmp_path: Path) -> None:
    file = tmp_path / "targets.toml"
    file.write_text('format = 1\n[targets.speed]\nmetric = "response_p95_ms"\nbelow = 12\n')
    request = PlanRequest(names=("steady_load",))
    [own] = plan(request, load_catalogue(str(file)), Lacking())
    bounds = [spec.parameters["limit_ms"] for spec in own.plan.checks if spec.name == "latency_p95"]
    assert bounds == [12]


def test_a_loss_of_the_references_recorder_is_expected_of_no_other() -> None:
    ours, other = (
        planned("400_poison", browser="chromium", preset="roadmap", tried=tried)
        for tried in (TargetOffer(), TargetOffer(excuses_losses=False))
    )
    assert any(cell.plan.expected for cell in ours)
    assert [cell.plan.expected for cell in other] == [None] * len(ours)


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
    assert raised.value.line == "--require-all: firefox missing. Run `get it`"
    refuse_missing(planned("first_visit", browser="firefox"))


def test_what_runs_nowhere_is_no_missing_part() -> None:
    """No command brings it: to ask for all parts must not refuse the rest of the plan."""
    [cell] = planned("first_visit", browser="firefox", lacking={"firefox": "get it"})
    assert cell.not_run is not None
    unsupported = replace(cell, not_run=replace(cell.not_run, kind="unsupported", fix=""))
    refuse_missing([unsupported])
    with pytest.raises(HarnessError, match="firefox missing"):
        refuse_missing([unsupported, cell])


OTHERS = TargetOffer(offered=EVERYTHING - {Capability.RECORDER_RULES}, excuses_losses=False)


def test_where_the_recorders_rules_are_not_known_a_page_has_its_own() -> None:
    known = planned("reloads", tried=TargetOffer(offered=EVERYTHING))
    assert known == planned("reloads")
    [own] = planned("reloads", browser=known[0].plan.arm["browser"], tried=OTHERS)
    durable = known[0].plan.arm
    assert durable["preset"] == "durable"
    assert own.plan.arm == {**durable, "preset": "own"}
    [load] = planned("steady_load", tried=OTHERS)
    assert "preset" not in load.plan.arm


def test_presets_that_are_all_a_pages_own_recorder_are_one_cell() -> None:
    several = planned("reloads", browser="chromium", preset=["durable", "roadmap"])
    assert len(several) == 2
    [one] = planned("reloads", browser="chromium", preset=["durable", "roadmap"], tried=OTHERS)
    assert one.plan.arm["preset"] == "own"


CLIENT = TargetOffer(
    offered=EVERYTHING - {Capability.RECORDER_RULES},
    settings=("default", "untouched"),
    settings_on_request=("untouched",),
)


@pytest.mark.parametrize(
    ("named", "settings"),
    [((), ["default"]), (("untouched",), ["untouched"]), (("default", "untouched"), None)],
)
def test_a_recorders_settings_take_the_place_of_presets_and_are_never_its_own(
    named: Sequence[str], settings: list[str] | None
) -> None:
    levels = {"preset": named} if named else {}
    cells = planned("reloads", browser="chromium", tried=CLIENT, **levels)
    found = [cell.plan.arm["preset"] for cell in cells]
    assert found == (settings or ["default", "untouched"])


def test_a_run_of_everything_refuses_no_load_and_has_each_backend() -> None:
    """It is a plan of what exists; whether this machine can offer it is asked where it is run."""
    asked = PlanRequest(names=("load",), levels={"rate": ("1e9",)}, every=True)
    with pytest.raises(UsageError, match="requests/s"):
        plan(dataclasses.replace(asked, every=False), CATALOGUE, Lacking())
    assert plan(asked, CATALOGUE, Lacking())
    backends = {cell.plan.arm.get("network") for cell in EVERY}
    assert {"packets", "toxiproxy"} <= backends
    over = PlanRequest(names=("steady_load",), levels={"network": ("slow-3g",)}, every=True)
    assert {c.plan.arm["network"] for c in plan(over, CATALOGUE, Lacking())} == {"slow-3g@packets"}


def test_a_defect_goes_into_any_arm_and_means_the_same_in_any_order() -> None:
    cells = planned("first_visit", browser="chromium", defect=["no_insert", "no_insert.twin"])
    assert [cell.plan.arm["defect"] for cell in cells] == ["no_insert", "no_insert.twin"]
    several = planned("first_visit", "reloads", browser="chromium", defect=["no_insert", "doubled"])
    assert [(cell.plan.scenario, cell.plan.arm["defect"]) for cell in several] == [
        ("first_visit", "no_insert"),
        ("reloads", "no_insert"),
        ("first_visit", "doubled"),
        ("reloads", "doubled"),
    ]
    assert all(cell.plan.arm["preset"] == "durable" for cell in several)
    [load] = planned("steady_load", defect="no_insert", duration="12")
    assert load.plan.arm["defect"] == "no_insert"
    assert "nothing_lost" in names_of(load)
    with pytest.raises(UsageError, match="names no defect"):
        planned("first_visit", defect="../x")
