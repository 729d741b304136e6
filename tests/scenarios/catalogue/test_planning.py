"""From what the user asked to cells: nothing quietly left out, nothing twice."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from harness.browsers.catalogue import ENGINES
from harness.core.errors import UsageError
from harness.ledger.plan import PlannedCell, SuitePlan, write_plan
from harness.ledger.stored import read_plan
from reports.checks import CHECKS
from scenarios.catalogue.declare import load_all
from scenarios.catalogue.planning import (
    load_suites,
    mark_missing,
    select,
    select_each,
    with_network,
)
from scenarios.load.arms import with_overrides, workload_of
from scenarios.network.rows import ROWS
from scenarios.workloads.catalogue import catalogue


def test_a_cell_of_the_network_matrix_carries_what_its_run_is_exposed_to() -> None:
    cells = select(load_all(), suite=None, names=["short_outage"], levels={}, seeds=(1,))
    assert {cell.plan.conditions for cell in cells} == {(ROWS["short_outage"].condition,)}
    [cell, *_] = select(load_all(), suite=None, names=["first_visit"], levels={}, seeds=(1,))
    assert cell.plan.conditions == ()


def names(cells: list[PlannedCell]) -> list[str]:
    return [cell.run.removeprefix("cells/") for cell in cells]


def test_every_cell_of_the_catalogue_is_read_back_from_its_plan(tmp_path: Path) -> None:
    cells = select(load_all(), suite=None, names=(), levels={}, seeds=(1,), on_request=True)
    write_plan(tmp_path, SuitePlan(suite="all", command="", cells=cells))
    assert [cell.plan for cell in read_plan(tmp_path).cells] == [cell.plan for cell in cells]


def test_a_suite_is_its_cells() -> None:
    planned = names(select(load_all(), suite="smoke", names=(), levels={}, seeds=()))
    assert planned[:3] == [
        "first_visit/browser=chromium+preset=durable/seed-1",
        "short_outage/browser=chromium+preset=durable/seed-1",
        "steady_load/workload=steady/seed-1",
    ]
    assert planned[-2:] == [
        "five_tabs_at_once/browser=chromium+preset=durable/seed-1",
        "random_walk/browser=chromium+preset=durable+walks=2/seed-1",
    ]
    points = {name.split("/")[0] for name in planned[3:-2]}
    assert len(points) == 5
    assert len(planned[3:-2]) == 5 * len(ENGINES)


def test_the_nightly_suite_walks_at_least_two_hundred_walks_where_browsers_can_be_crashed() -> None:
    cells = select(load_all(), suite="nightly", names=(), levels={}, seeds=())
    arms = [cell.plan.arm for cell in cells if cell.plan.scenario == "random_walk"]
    crashable = [arm for arm in arms if arm["browser"] in ("chromium", "firefox")]
    assert sum(int(arm["walks"]) for arm in crashable) >= 200


@pytest.mark.parametrize("suite", sorted(load_suites()))
def test_every_suite_can_be_planned(suite: str) -> None:
    assert select(load_all(), suite=suite, names=(), levels={}, seeds=())


def test_a_matrix_is_all_its_scenarios() -> None:
    cells = select(load_all(), suite=None, names=["network"], levels={}, seeds=(7,))
    assert {cell.plan.arm["preset"] for cell in cells} == {"durable", "roadmap"}
    assert {cell.plan.seed for cell in cells} == {7}


def test_what_is_named_twice_runs_once() -> None:
    once = select(load_all(), suite=None, names=["network"], levels={}, seeds=())
    twice = select(load_all(), suite=None, names=["network", "short_outage"], levels={}, seeds=())
    assert names(once) == names(twice)


def test_of_a_factor_that_is_wished_twice_both_levels_run() -> None:
    def arms_of(cut: list[str], browsers: list[str]) -> set[tuple[str, str]]:
        cells = select_each(
            load_all(),
            suite=None,
            names=["offline"],
            levels={"preset": ["roadmap", "durable"], "cut": cut},
            seeds=(1,),
            browsers=browsers,
        )
        assert {cell.plan.arm["browser"] for cell in cells} == set(browsers)
        return {(cell.plan.arm["preset"], cell.plan.arm["cut"]) for cell in cells}

    both = arms_of(["drop", "refused"], ["chromium", "firefox"])
    assert both == set(itertools.product(("roadmap", "durable"), ("drop", "refused")))
    with pytest.raises(UsageError, match=r"no arm of offline with .*cut=sideways"):
        arms_of(["drop", "sideways"], ["chromium"])


def test_a_wish_that_would_leave_a_scenario_out_is_refused() -> None:
    """A suite that pins the durable preset, asked for the roadmap's: not the load test alone."""
    with pytest.raises(UsageError, match=r"suite smoke has no arm of .* with preset="):
        select(load_all(), suite="smoke", names=(), levels={"preset": "roadmap"}, seeds=())
    wish = {"browser": "firefox"}
    with pytest.raises(UsageError, match="no arm of first_visit with browser=firefox"):
        select(load_all(), suite="smoke", names=(), levels=wish, seeds=())


def test_a_browser_that_no_arm_names_takes_the_place_of_one_that_does() -> None:
    """Chrome, an engine of Playwright's, or one that runs elsewhere; but nothing unheard of."""
    for browser in ("chrome", "cdp+http://127.0.0.1:9222"):
        wish = {"browser": browser, "preset": "durable"}
        cells = select(load_all(), suite=None, names=["first_visit"], levels=wish, seeds=())
        assert [cell.plan.arm["browser"] for cell in cells] == [browser]
    wish = {"browser": "lynx"}
    with pytest.raises(UsageError, match="there is no browser 'lynx'"):
        select(load_all(), suite=None, names=["first_visit", "steady_load"], levels=wish, seeds=())


def test_what_an_engine_cannot_do_is_unsupported_and_needs_no_part() -> None:
    cells = select(load_all(), suite=None, names=["freeze_and_resume"], levels={}, seeds=())
    marked = mark_missing(cells, load_all(), lambda part: None)
    why = {cell.plan.arm["browser"]: cell.not_run for cell in marked}
    assert why["chromium"] is None
    assert why["firefox"] is not None
    assert (why["firefox"].kind, why["firefox"].fix) == ("unsupported", "")
    assert "freeze a page" in why["firefox"].reason


def test_a_browser_beside_the_first_is_a_part_that_is_needed() -> None:
    [cell] = cells_of("two_browsers_of_one_user", browser="chromium", preset="durable")
    marked = mark_missing([cell], load_all(), {"firefox": "get it"}.get)
    assert marked[0].not_run is not None
    assert (marked[0].not_run.kind, marked[0].not_run.fix) == ("missing", "get it")


def test_a_check_that_a_case_asks_its_own_way_is_asked_once() -> None:
    for scenario in load_all().values():
        for arm in scenario.arms:
            asked = [(spec.name, *spec.parameters.items()) for spec in scenario.checks(arm)]
            assert len(set(asked)) == len(asked), scenario.name
    checks = load_all()["five_tabs_at_once"].checks({"preset": "durable", "browser": "firefox"})
    assert [c.parameters for c in checks if c.name == "absorbed_explained"] == [{"least": 32}]


def test_a_wish_that_means_nothing_to_a_scenario_is_refused_when_it_stands_alone() -> None:
    with pytest.raises(UsageError, match="no arm fits browser=chromium"):
        select(
            load_all(), suite=None, names=["steady_load"], levels={"browser": "chromium"}, seeds=()
        )


def test_a_missing_part_marks_the_cells_that_need_it_and_no_other() -> None:
    cells = select(load_all(), suite="smoke", names=(), levels={}, seeds=())
    marked = mark_missing(cells, load_all(), {"toxiproxy": "buy it"}.get)
    why = {cell.plan.scenario: cell.not_run for cell in marked}
    assert why["steady_load"] is None
    assert why["first_visit"] is not None
    assert (why["first_visit"].kind, why["first_visit"].fix) == ("missing", "buy it")


def test_every_scenario_asks_a_question_and_is_judged() -> None:
    for scenario in load_all().values():
        assert scenario.question.endswith("?"), scenario.name
        for arm in (*scenario.arms, *scenario.on_request):
            judged = {check.name for check in scenario.checks(arm)}
            beyond_the_limit = arm.get("workload") in {"knee", "saturate"}  # batches are given up
            losses = {"nothing_lost", "refused_were_dropped", "only_erased_lost"}
            assert judged & ({"conservation"} if beyond_the_limit else losses), scenario.name
            assert judged <= set(CHECKS), scenario.name
            assert scenario.budget_s(arm) > scenario.about_s(arm)


def test_workloads_run_when_they_are_asked_for() -> None:
    """The whole matrix is the roadmap's numbers; a soak must not run by accident."""

    def workloads(*names: str, **levels: str) -> set[str]:
        cells = select(load_all(), suite=None, names=names, levels=levels, seeds=(1,))
        return {cell.plan.arm["workload"] for cell in cells if "workload" in cell.plan.arm}

    assert workloads("load") == workloads() == {"roadmap"}
    assert workloads("load", workload="scale") == {"scale"}
    assert workloads("many_sessions", workload="soak") == {"soak"}
    assert workloads("steady_load") == {"steady"}
    every = select(load_all(), suite=None, names=(), levels={}, seeds=(1,), on_request=True)
    assert {c.plan.arm["workload"] for c in every if "workload" in c.plan.arm} == set(catalogue())


def test_wishes_go_into_the_arm_and_what_is_expected_of_it() -> None:
    known = load_all()
    cells = select(known, suite=None, names=["load"], levels={"workload": "roadmap"}, seeds=(1,))
    (cell,) = with_overrides(cells, {"duration": "12", "rate": "50", "sessions": "20"}, known)
    assert cell.plan.arm["rate"] == "50"
    workload = workload_of(cell.plan.arm)
    assert (workload.total, workload.sessions, workload.duration_s) == (500, 20, 12)
    planned = {spec.name: spec.parameters for spec in cell.plan.checks}
    assert planned["views_as_planned"] == {"views": 500}
    assert cell.about_s < 60 < cell.budget_s
    with pytest.raises(UsageError, match="none of these scenarios sends a load"):
        with_overrides(
            select(known, suite=None, names=["first_visit"], levels={}, seeds=(1,)),
            {"rate": "5"},
            known,
        )
    with pytest.raises(UsageError, match="over before the first flush"):
        with_overrides(cells, {"duration": "1"}, known)
    with pytest.raises(UsageError, match="there is no workload"):
        workload_of({"workload": "scael"})


def everything(_: str) -> bool:
    return True


def cells_of(name: str, **levels: str) -> list[PlannedCell]:
    return select(load_all(), suite=None, names=[name], levels=levels, seeds=())


def test_of_two_backends_the_one_that_is_here_is_chosen() -> None:
    wish = {"browser": "chromium", "preset": "durable"}
    offered = cells_of("slow_3g", **wish)
    assert [cell.plan.arm["network"] for cell in offered] == ["packets", "toxiproxy"]
    [best] = with_network(offered, (), everything)
    assert best.plan.arm["network"] == "packets"
    [portable] = with_network(offered, (), lambda part: part != "packets")
    assert portable.plan.arm["network"] == "toxiproxy"
    [asked] = with_network(offered, ("toxiproxy",), everything)
    assert asked.plan.arm["network"] == "toxiproxy"


def test_any_scenario_can_be_put_on_a_bad_line_which_is_calibrated() -> None:
    [cell] = with_network(cells_of("steady_load"), ("slow-3g",), everything)
    assert cell.plan.arm == {"line": "slow-3g", "network": "packets", "workload": "steady"}
    checks = [spec.name for spec in cell.plan.checks]
    assert "calibrated" in checks
    assert "latency_p95" not in checks  # it would judge the line
    assert "nothing_lost" in checks


@pytest.mark.parametrize(
    ("name", "wishes", "words"),
    [
        ("slow_3g", ("fast-3g",), "makes a network of its own"),
        ("steady_load", ("fast-3g", "slow-3g"), "one line"),
        ("steady_load", ("packets", "toxiproxy"), "one of packets"),
        ("steady_load", ("packets",), "no cell needs a network"),
    ],
)
def test_a_network_that_makes_no_sense_is_refused(
    name: str, wishes: tuple[str, ...], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        with_network(cells_of(name), wishes, everything)


def test_a_browser_elsewhere_is_not_behind_a_link_of_packets() -> None:
    levels = {"browser": "cdp+http://x:9222", "preset": "durable"}
    cells = select(load_all(), suite=None, names=["fast_3g"], levels=levels, seeds=(1,))
    [chosen] = with_network(cells, (), lambda part: True)
    assert chosen.plan.arm["network"] == "toxiproxy"
    [forced] = with_network(cells, ("packets",), lambda part: True)
    [marked] = mark_missing([forced], load_all(), lambda part: None)
    assert marked.not_run is not None
    assert marked.not_run.kind == "unsupported"
