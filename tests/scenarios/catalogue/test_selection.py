"""Which arms a request means: nothing quietly left out, nothing twice."""

from __future__ import annotations

import itertools
import re

import pytest

from harness.browsers.catalogue import ENGINES
from harness.core.errors import UsageError
from harness.ledger.plan import PlannedCell
from scenarios.catalogue.request import TargetOffer, load_suites
from scenarios.workloads.catalogue import catalogue
from tests.scenarios.catalogue.asking import arms_of, planned


def runs(cells: list[PlannedCell]) -> list[str]:
    return [cell.run.removeprefix("cells/") for cell in cells]


def test_a_suite_is_its_cells() -> None:
    smoke = runs(planned(suite="smoke"))
    assert smoke[:3] == [
        "first_visit/browser=chromium+preset=durable/seed-1",
        "short_outage/browser=chromium+preset=durable/seed-1",
        "steady_load/workload=steady/seed-1",
    ]
    assert smoke[-5:] == [
        "five_tabs_at_once/browser=chromium+preset=durable/seed-1",
        "two_users_at_once/browser=chromium+preset=durable/seed-1",
        "same_tab_two_users/browser=chromium+flushed=no+preset=durable/seed-1",
        "claimed_subject/browser=chromium+preset=durable/seed-1",
        "random_walk/browser=chromium+preset=durable+walks=2/seed-1",
    ]
    points = {name.split("/")[0] for name in smoke[3:-5]}
    assert len(points) == 5
    assert len(smoke[3:-5]) == 5 * len(ENGINES)


def test_the_nightly_suite_walks_at_least_two_hundred_walks_where_browsers_can_be_crashed() -> None:
    arms = [c.plan.arm for c in planned(suite="nightly") if c.plan.scenario == "random_walk"]
    crashable = [arm for arm in arms if arm["browser"] in ("chromium", "firefox")]
    assert sum(int(arm["walks"]) for arm in crashable) >= 200


@pytest.mark.parametrize("suite", sorted(load_suites()))
def test_every_suite_can_be_planned(suite: str) -> None:
    assert planned(suite=suite)


def test_a_matrix_is_all_its_scenarios() -> None:
    cells = planned("network", seeds=(7,))
    assert set(arms_of(cells, "preset")) == {"durable", "roadmap"}
    assert {cell.plan.seed for cell in cells} == {7}


def test_a_scenario_by_name_has_its_durable_arms_unless_another_preset_is_asked_for() -> None:
    assert set(arms_of(planned("first_visit"), "preset")) == {"durable"}
    assert set(arms_of(planned("first_visit", preset="roadmap"), "preset")) == {"roadmap"}


def test_what_is_named_twice_runs_once() -> None:
    assert runs(planned("network")) == runs(planned("network", "short_outage"))


def test_of_a_factor_that_is_asked_for_twice_both_levels_run() -> None:
    def combinations(cut: list[str], browsers: list[str]) -> set[tuple[str, str]]:
        cells = planned(
            "offline", preset=["roadmap", "durable"], cut=cut, browser=browsers, seeds=(1,)
        )
        assert set(arms_of(cells, "browser")) == set(browsers)
        return {(cell.plan.arm["preset"], cell.plan.arm["cut"]) for cell in cells}

    both = combinations(["drop", "refused"], ["chromium", "firefox"])
    assert both == set(itertools.product(("roadmap", "durable"), ("drop", "refused")))
    with pytest.raises(UsageError, match=r"no arm of offline with .*cut=sideways"):
        combinations(["drop", "sideways"], ["chromium"])


def test_a_level_that_would_leave_a_scenario_out_is_refused() -> None:
    """A suite that pins the durable preset, asked for the roadmap's: not the load test alone."""
    with pytest.raises(UsageError, match=r"suite smoke has no arm of .* with preset="):
        planned(suite="smoke", preset="roadmap")
    with pytest.raises(UsageError, match="no arm of first_visit with browser=firefox"):
        planned(suite="smoke", browser="firefox")


def test_a_browser_that_no_arm_names_takes_the_place_of_one_that_does() -> None:
    """Chrome, an engine of Playwright's, or one that runs elsewhere; but nothing unheard of."""
    for browser in ("chrome", "cdp+http://127.0.0.1:9222"):
        cells = planned("first_visit", browser=browser, preset="durable")
        assert arms_of(cells, "browser") == [browser]
    with pytest.raises(UsageError, match="there is no browser 'lynx'"):
        planned("first_visit", "steady_load", browser="lynx")


def test_a_level_that_means_nothing_to_a_scenario_is_refused_when_it_stands_alone() -> None:
    with pytest.raises(UsageError, match="no arm fits browser=chromium"):
        planned("steady_load", browser="chromium")


@pytest.mark.parametrize(
    ("names", "asked", "words"),
    [
        (["first_vist"], {}, "there is no scenario 'first_vist'.*Did you mean 'first_visit'"),
        ([], {"suite": "smok"}, "there is no suite 'smok'.*Did you mean 'smoke'"),
        (["load"], {"workload": "scael"}, "there is no workload 'scael'.*Did you mean 'scale'"),
        (["first_visit"], {"suite": "smoke"}, "not both"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(
    names: list[str], asked: dict[str, str], words: str
) -> None:
    with pytest.raises(UsageError) as raised:
        planned(*names, suite=asked.pop("suite", ""), **asked)
    assert re.search(words, raised.value.line)


def test_workloads_run_when_they_are_asked_for() -> None:
    """The whole matrix is the roadmap's numbers; a soak must not run by accident."""

    def workloads(*names: str, every: bool = False, **levels: str) -> set[str]:
        cells = planned(*names, seeds=(1,), every=every, **levels)
        return {cell.plan.arm["workload"] for cell in cells if "workload" in cell.plan.arm}

    assert workloads("load") == {"roadmap"}
    assert workloads() == {"roadmap", "trickle", "five-minutes"}
    assert workloads("load", workload="scale") == {"scale"}
    assert workloads("many_sessions", workload="soak") == {"soak"}
    assert workloads("steady_load") == {"steady"}
    assert workloads(every=True) == set(catalogue())


CLIENT = TargetOffer(
    settings=("default", "reliable", "untouched"), settings_on_request=("untouched",)
)


def test_settings_of_a_client_take_the_place_of_the_presets() -> None:
    cells = planned("pagehide_on_close", tried=CLIENT)
    assert arms_of(cells, "preset") == ["default", "reliable"] * len(ENGINES)
    whole = planned("browsers", tried=CLIENT)
    assert set(arms_of(whole, "preset")) == {"default", "reliable"}
    assert len({cell.run for cell in whole}) == len(whole)


def test_settings_on_request_are_run_when_they_are_named() -> None:
    assert arms_of(planned("reloads", tried=CLIENT, preset="untouched"), "preset") == [
        "untouched"
    ] * len(ENGINES)
    with pytest.raises(UsageError, match="there is no preset 'durable'"):
        planned("reloads", tried=CLIENT, preset="durable")
