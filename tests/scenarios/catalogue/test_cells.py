"""What follows from an arm: the checks that judge it, the parts it needs, why it cannot run."""

from __future__ import annotations

from pathlib import Path

from harness.faults.line.profiles import profile_of
from harness.ledger.rundir import CheckSpec
from reports.checks import CHECKS
from scenarios.catalogue.cells import (
    cell_of,
    checks_of,
    needs,
    parts_of_all,
    why_not,
    with_defaults,
)
from scenarios.catalogue.declare import load_all
from scenarios.catalogue.targets import load_targets
from scenarios.network.rows import ROWS
from tests.scenarios.catalogue.asking import Lacking, planned


def test_what_an_engine_cannot_do_is_unsupported_and_needs_no_part() -> None:
    why = {c.plan.arm["browser"]: c.not_run for c in planned("freeze_and_resume")}
    assert why["chromium"] is None
    assert why["firefox"] is not None
    assert (why["firefox"].kind, why["firefox"].fix) == ("unsupported", "")
    assert "freeze a page" in why["firefox"].reason


def test_a_browser_beside_the_first_is_a_part_that_is_needed() -> None:
    lacking = {"firefox": "get it"}
    [cell] = planned("two_browsers_of_one_user", browser="chromium", lacking=lacking)
    assert cell.not_run is not None
    assert (cell.not_run.kind, cell.not_run.fix) == ("missing", "get it")


def test_a_missing_part_marks_the_cells_that_need_it_and_no_other() -> None:
    cells = planned(suite="smoke", lacking={"toxiproxy": "buy it"})
    why = {cell.plan.scenario: cell.not_run for cell in cells}
    assert why["steady_load"] is None
    assert why["first_visit"] is not None
    assert (why["first_visit"].kind, why["first_visit"].fix) == ("missing", "buy it")


def test_of_several_missing_parts_each_fix_is_named_once() -> None:
    scenario = load_all()["first_visit"]
    arm = {"browser": "webkitgtk", "preset": "durable", "network": "slow-3g@packets"}
    machine = Lacking({"webkitgtk": "get both", "xvfb": "get both", "packets": "allow them"})
    cell = cell_of(scenario, arm, 1, machine=machine)
    assert cell.not_run is not None
    assert cell.not_run.reason == "webkitgtk and xvfb and packets missing"
    assert cell.not_run.fix == "get both && allow them"


def test_the_parts_of_all_are_those_of_browsers_networks_and_scenarios() -> None:
    assert parts_of_all(load_all()) >= {"chromium", "firefox", "packets", "toxiproxy"}


def test_a_profile_for_the_whole_run_is_calibrated_and_judges_no_server_s_speed() -> None:
    scenario = load_all()["steady_load"]
    plain, slow = {"workload": "steady"}, {"workload": "steady", "network": "slow-3g@packets"}
    before = [spec.name for spec in checks_of(scenario, plain)]
    after = [spec.name for spec in checks_of(scenario, slow)]
    speed = {"latency_p95", "latency_p99", "latency_worst"}
    assert after == [*(name for name in before if name not in speed), "calibrated"]
    assert speed <= set(before)
    assert "nothing_lost" in after
    one, other = cell_of(scenario, plain, 1), cell_of(scenario, slow, 1)
    assert other.about_s > one.about_s
    assert other.budget_s > one.budget_s


def test_the_report_gets_the_profile_s_numbers_with_the_plan() -> None:
    arm = {"browser": "chromium", "preset": "durable", "network": "slow-3g@packets"}
    [condition] = cell_of(load_all()["first_visit"], arm, 1).plan.conditions
    assert (condition.title, condition.backends) == ("Slow 3G", ("packets",))
    assert condition.nominal == profile_of("slow-3g").nominal


def test_a_cell_holds_its_question_and_what_it_may_lose() -> None:
    scenario = load_all()["beacon_500"]
    arm = next(arm for arm in scenario.arms if arm["preset"] == "roadmap")
    plan = cell_of(scenario, arm, 7).plan
    assert (plan.scenario, plan.arm, plan.seed) == ("beacon_500", arm, 7)
    assert (plan.matrix, plan.question) == ("browsers", scenario.question)
    assert plan.expected is not None
    own = (CheckSpec(name="nothing_lost"),)
    assert cell_of(scenario, arm, 7, checks=own).plan.checks == own


def test_every_row_of_the_network_matrix_is_a_condition_of_its_cells() -> None:
    rows = (cell.plan for cell in planned(every=True) if cell.plan.matrix == "network")
    found = {plan.scenario: plan.conditions for plan in rows}
    assert found == {name: (row.condition,) for name, row in ROWS.items()}
    outage = ROWS["short_outage"].condition
    assert (outage.title, outage.nominal) == ("Short outage", "connections refused, for 5 s")
    assert (outage.lasts_s, outage.behaviour) == (5, "")
    assert ROWS["slow_3g"].condition.behaviour == "Queue batches, retry on timeout"


def test_every_load_is_a_condition_with_its_numbers() -> None:
    loads = [cell.plan for cell in planned(every=True) if "workload" in cell.plan.arm]
    assert all(len(plan.conditions) == 1 for plan in loads)
    [steady] = next(p for p in loads if p.arm["workload"] == "steady").conditions
    assert steady.title == "Workload steady"
    assert steady.nominal == "100 sessions, 5,000 impressions in 30 s, each flushing its own"
    assert (steady.backends, steady.lasts_s) == (("Locust",), 30)


def test_no_check_of_a_cell_leaves_a_parameter_to_its_default() -> None:
    scenarios, targets = load_all(), load_targets()
    cells = [
        cell_of(scenario, arm, 1, targets=chosen)
        for scenario in scenarios.values()
        for arm in (*scenario.arms, *scenario.on_request)
        for chosen in ((), targets)
    ]
    missing = {
        (spec.name, name)
        for cell in cells
        for spec in cell.plan.checks
        for name in CHECKS[spec.name].parameters
        if name not in spec.parameters
    }
    assert missing == set()


def test_a_default_stands_where_nothing_is_given() -> None:
    [live] = with_defaults([CheckSpec(name="fault_was_live", parameters={"lasting_s": 5})])
    assert live.parameters == {"lasting_s": 5, "felt_least": 1, "sent_least": 0}
    given = CheckSpec(
        name="fault_was_live", parameters={"lasting_s": 5, "felt_least": 0, "sent_least": 0}
    )
    unknown = CheckSpec(name="no_such_check")
    assert with_defaults([given, unknown]) == (given, unknown)


def test_the_user_s_targets_judge_the_load_matrix_alone(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('format = 1\n[targets.p]\nmetric = "response_p95_ms"\nbelow = 7\n')
    targets = load_targets(file)
    scenarios = load_all()
    load = checks_of(scenarios["steady_load"], {"workload": "steady"}, targets)
    assert [s.parameters for s in load if s.name == "latency_p95"] == [
        {"limit_ms": 7, "exclude_first_s": 0, "for_s": 0}
    ]
    arm = {"browser": "chromium", "preset": "durable"}
    assert checks_of(scenarios["first_visit"], arm, targets) == checks_of(
        scenarios["first_visit"], arm
    )


def test_a_check_that_a_case_asks_its_own_way_is_asked_once() -> None:
    for scenario in load_all().values():
        for arm in scenario.arms:
            asked = [(spec.name, *spec.parameters.items()) for spec in scenario.checks(arm)]
            assert len(set(asked)) == len(asked), scenario.name
    checks = load_all()["five_tabs_at_once"].checks({"preset": "durable", "browser": "firefox"})
    assert [c.parameters for c in checks if c.name == "absorbed_explained"] == [{"least": 24}]


BEYOND_THE_LIMIT = {"knee", "knee-ready", "saturate"}
"""Workloads that make the server refuse batches, which sessions give up in the end."""


def test_every_scenario_asks_a_question_and_is_judged() -> None:
    for scenario in load_all().values():
        assert scenario.question.endswith("?"), scenario.name
        for arm in (*scenario.arms, *scenario.on_request):
            judged = {check.name for check in scenario.checks(arm)}
            beyond_the_limit = arm.get("workload") in BEYOND_THE_LIMIT
            losses = {"nothing_lost", "refused_were_dropped", "only_erased_lost"}
            losses.add("promotion_kept_acknowledged")  # what an asynchronous replica may lack
            losses.add("only_deleted_lost")
            assert judged & ({"conservation"} if beyond_the_limit else losses), scenario.name
            assert judged <= set(CHECKS), scenario.name
            assert scenario.budget_s(arm) > scenario.about_s(arm)


def test_every_scenario_asks_something_of_the_target() -> None:
    """A cell that judges only the instrument could never pass."""
    for scenario in load_all().values():
        for arm in (*scenario.arms, *scenario.on_request):
            asked = [CHECKS[spec.name] for spec in scenario.checks(arm)]
            assert not all(check.instrument for check in asked), (scenario.name, arm)


def test_an_arm_whose_server_keeps_answers_in_redis_needs_one() -> None:
    freshness = load_all()["freshness"]
    arm = {"workload": "steady", "freshness_cache": "redis"}
    assert needs(freshness, arm) == ["redis"]
    assert needs(freshness, {**arm, "freshness_cache": "memory"}) == []


def test_an_arm_needs_the_parts_of_its_topology() -> None:
    steady = load_all()["steady_load"]
    assert needs(steady, {"workload": "steady", "topology": "pooled"}) == ["pgbouncer"]
    assert needs(steady, {"workload": "steady", "topology": "single"}) == []


def test_alerts_are_not_asked_of_several_servers() -> None:
    alerts = load_all()["alerts"]
    arm = {**alerts.arms[0], "topology": "balanced"}
    found = why_not(alerts, arm, Lacking())
    assert found is not None
    assert (found.kind, "another server" in found.reason) == ("unsupported", True)
    assert why_not(alerts, {**arm, "topology": "pooled"}, Lacking()) is None
