"""The promises in small: each of these would fail if the statistics broke theirs by much."""

from __future__ import annotations

import math

import pytest

from benchmarks.experiments.rates import (
    at_the_margin,
    balanced,
    coverage,
    dependent,
    false_alarms,
    power,
    rate,
    slot_power,
)
from benchmarks.experiments.simulation import Truth
from reports.statistics.paired.permutation import generator


def test_a_rate_has_its_exact_interval() -> None:
    found = rate([True, False, False])
    assert (found.count, found.n) == (1, 3)
    assert (found.low, found.high) == pytest.approx((0.0084, 0.9057), abs=1e-4)
    assert rate([]).share == 0.0


def test_three_arms_without_an_effect_and_two_looks() -> None:
    found = false_alarms(Truth(blocks=24, effects=(0.0, 0.0, 0.0)), 0.0, 150)
    assert found.wrong.n == 150
    assert found.wrong.count <= 15  # 7.5 are promised, three deviations more
    assert found.equivalent.count == 0


def test_with_a_margin_arms_without_an_effect_are_equivalent() -> None:
    found = false_alarms(Truth(blocks=24), 0.05, 60)
    assert found.wrong.count == 0
    assert found.equivalent.share >= 0.8


def test_an_effect_of_ten_percent_is_found_and_one_of_one_percent_is_equivalent() -> None:
    large = power(Truth(blocks=24, effects=(math.log1p(0.1),), noise=0.02), 0.05, 60)
    assert large.effect == pytest.approx(0.1)
    assert large.worse.share >= 0.9
    assert 12 <= large.blocks_taken < 24
    small = power(Truth(blocks=24, effects=(math.log1p(0.01),), noise=0.02), 0.05, 60)
    assert small.equivalent.share >= 0.9
    assert small.worse.count == 0


def test_an_effect_at_the_margin_is_seldom_decided() -> None:
    found = at_the_margin(24, 0.05, 150)
    assert found.beyond.count <= 15
    assert found.equivalent.count <= 15


@pytest.mark.parametrize("shape", ["normal", "t3", "lognormal"])
def test_intervals_hold_the_truth_under_drift_that_arms_share(shape: str) -> None:
    found = coverage(Truth(blocks=12, effects=(0.1,), shape=shape), 300)
    assert found.holds.count >= 270  # 285 are promised
    assert found.width < 1.0


def test_skewed_differences_have_a_pseudo_median_that_is_not_their_mean() -> None:
    found = coverage(Truth(blocks=24, shape="lognormal"), 200, skewed=True)
    assert found.holds.share < 0.95


def test_dependence_is_allowed_for_where_plain_t_and_means_of_neighbours_are_wrong() -> None:
    found = dependent(0.5, 16, 300)
    assert found.plain.share > 0.15
    assert found.twos.share > 0.08
    assert found.wrong.count <= 27  # 5 % and three deviations
    assert found.planned.count <= 27
    assert found.found.count < found.plain_found.count


def test_a_slow_slot_is_found() -> None:
    assert slot_power(2.0, 12, 3, 20).found.share >= 0.8
    assert slot_power(0.0, 12, 3, 40).found.count <= 6


def test_a_balanced_order_has_every_arm_in_every_slot_equally_often() -> None:
    slots = balanced(generator("balanced"), 12, 3)
    assert (slots.sum(axis=1) == 3).all()
    assert [[(slots[:, arm] == slot).sum() for slot in range(3)] for arm in range(3)] == [
        [4] * 3
    ] * 3
    assert (slots != balanced(generator("other"), 12, 3)).any()
