"""A trend finds what is planted, dates it, and accuses nothing else."""

from __future__ import annotations

import pytest

from benchmarks.trend.nights import PlantedStep, revision
from harness.core.errors import UsageError
from reports.history.trend import trend
from tests.benchmarks.trend.planted import FATE, STEP, series, trend_of


def test_a_regression_and_a_broken_fate_are_found_and_dated() -> None:
    found = trend_of(steps=(STEP,), broken=(FATE,), seed=1)
    [(one, change)] = [(s, c) for s in found.series for c in s.changes]
    assert (one.scenario, one.figure, one.state) == (STEP.scenario, STEP.figure, "changed")
    assert (change.since.before, change.since.after) == (16, 17)
    assert change.way == "worse"
    low, high = change.interval
    assert low is not None
    assert high is not None
    assert low < 25 < high
    [fate] = found.fates
    assert (fate.scenario, fate.fate, fate.state) == ("load_with_outage", "lost_acked", "broken")
    assert (fate.since.before, fate.since.after) == (19, 20)
    assert revision(20) in found.sentence
    assert revision(17) in found.sentence


def test_nothing_planted_is_nothing_found() -> None:
    found = trend_of(seed=3)
    assert found.fates == ()
    assert {one.state for one in found.series} == {"steady"}
    assert {one.state for one in found.cells} == {"passing"}
    assert found.sentence == "24 nights of nightly: nothing new broke and no figure got worse"
    assert found.by_chance == pytest.approx(0.001 * len(found.series))


def test_figures_are_chosen_by_patterns() -> None:
    found = trend_of("load_response_p9?_ms")
    assert {one.figure for one in found.series} == {"load_response_p95_ms", "load_response_p99_ms"}
    with pytest.raises(UsageError, match="no figure of these suites matches nonsense") as raised:
        trend_of("nonsense")
    assert "database_cpu_per_impression_ms" in raised.value.hint


def test_no_nights_are_no_trend() -> None:
    assert trend([]).sentence == "The history has no such suite"


def test_a_change_of_environment_is_named_and_nothing_is_sought_across_it() -> None:
    late = PlantedStep(scenario="steady_load", figure="load_response_p95_ms", night=12, factor=1.5)
    found = trend_of(steps=(late,), changes={12: {"cpus": "4"}}, seed=1)
    assert found.nights[12].boundary == ("cpus: 2 → 4",)
    one = series(found, "steady_load", "load_response_p95_ms")
    assert one.changes == ()
    assert one.boundaries == (12,)
    assert "got worse" in found.sentence
