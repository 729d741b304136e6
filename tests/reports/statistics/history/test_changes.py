"""Change points against all partitions tried one by one, and against what is planted."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy import stats

from benchmarks.trend.nights import Nights, drawn
from reports.core.types import Floats
from reports.statistics.history.changes import changes, noise_of, partition


def cost_of(values: Floats, cuts: tuple[int, ...], cut: float) -> float:
    edges = [0, *cuts, len(values)]
    parts = [values[a:b] for a, b in pairwise(edges)]
    return sum(float(((p - p.mean()) ** 2).sum()) for p in parts) + cut * len(cuts)


def best_of_all(values: Floats, least: int, penalty: float) -> float:
    """The cost of the best of all partitions, each of them tried."""
    cut = penalty * math.log(len(values)) * noise_of(values) ** 2
    costs = []
    for number in range(len(values) // least):
        for cuts in combinations(range(1, len(values)), number):
            edges = [0, *cuts, len(values)]
            if all(b - a >= least for a, b in pairwise(edges)):
                costs.append(cost_of(values, cuts, cut))
    return min(costs)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("least", [1, 2, 3])
def test_the_partition_is_the_best_of_all(seed: int, least: int) -> None:
    values = drawn(Nights(count=11, seed=seed, noise=1.0), "x")
    values[seed % 9 :] += 2.5
    cuts = partition(values, least=least, penalty=1.0)
    edges = [0, *cuts, len(values)]
    assert all(b - a >= least for a, b in pairwise(edges))
    cut = 1.0 * math.log(len(values)) * noise_of(values) ** 2
    assert cost_of(values, cuts, cut) == pytest.approx(best_of_all(values, least, 1.0))


def test_where_pruning_loses_the_optimum() -> None:
    """One cut of stretches of two at least: a published example on which pruning finds two."""
    values = np.array([0.0, 1.0, 0.0, 0.0, 1.0])
    assert partition(values, least=2, penalty=1.0) == ()


def test_a_clear_step_by_hand() -> None:
    values = np.array([0.0, 0.01, -0.01, 0.0, 0.01, 1.0, 1.01, 0.99, 1.0, 1.01])
    assert partition(values) == (5,)
    [found] = changes(values)
    assert (found.at, found.earliest, found.latest) == (5, 5, 5)
    assert found.difference == pytest.approx(1.0)
    # The deviation is √(560e-6 / 8) = 0.00837, so the reach is 2.306 · 0.00837 · √(2/5).
    assert (found.low, found.high) == pytest.approx((1 - 0.0122, 1 + 0.0122), abs=1e-4)
    assert found.p < 1e-9


def test_noise_is_the_median_step() -> None:
    assert noise_of(np.array([0.0, 1.0, 0.0, 9.0, 8.0])) == pytest.approx(1 / 0.6745 / 2**0.5)
    assert noise_of(np.array([1.0])) == 1e-9
    assert noise_of(np.array([2.0, 2.0, 2.0])) == 1e-9


def test_a_series_that_is_too_short_has_no_change() -> None:
    assert partition(np.array([0.0, 0.0, 1.0, 1.0, 1.0])) == ()
    assert changes(np.array([])) == []


def test_a_value_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        partition(np.array([0.0, math.nan, 1.0]))


def test_one_outlier_is_no_change() -> None:
    values = drawn(Nights(count=20), "x")
    values[9] += 1.0
    assert changes(values) == []


def test_a_difference_within_the_margin_is_no_change() -> None:
    values = np.tile([0.0, 0.001], 10)
    values[10:] += math.log1p(0.04)
    assert changes(values) == []
    [found] = changes(values, margin=math.log1p(0.03))
    assert found.at == 10


def test_two_steps_are_both_dated() -> None:
    values = drawn(Nights(count=40, seed=2), "x")
    values[12:] += math.log(1.3)
    values[28:] -= math.log(1.5)
    found = changes(values)
    assert [one.at for one in found] == [12, 28]
    assert found[0].difference == pytest.approx(math.log(1.3), abs=0.03)
    assert found[1].difference == pytest.approx(-math.log(1.5), abs=0.03)
    assert all(one.low < one.difference < one.high for one in found)
    assert all(one.earliest <= one.at <= one.latest for one in found)


def test_a_place_that_is_not_sure_has_a_range() -> None:
    values = np.array([0.0, 0.1, -0.1, 0.05, 0.0, 0.5, 1.0, 1.1, 0.9, 1.0, 1.05])
    [found] = changes(values)
    assert found.earliest <= 5
    assert found.latest == 6


def test_unchanged_series_are_left_alone() -> None:
    """Of 200 series of each kind at most two change; the benchmark has thousands."""
    for shape in ("normal", "t3"):
        alarms = [
            bool(changes(drawn(Nights(count=20, seed=seed, shape=shape), "x")))
            for seed in range(200)
        ]
        assert sum(alarms) <= 2, shape


def test_a_fifth_more_is_found_after_three_nights() -> None:
    found = 0
    for seed in range(50):
        values = drawn(Nights(count=20, seed=seed), "x")
        values[17:] += math.log(1.2)
        found += [abs(one.at - 17) <= 1 for one in changes(values)] == [True]
    assert found >= 42


def test_a_level_of_its_own_is_not_needed_for_equal_values() -> None:
    assert changes(np.zeros(20)) == []
    [found] = changes(np.array([0.0] * 8 + [1.0] * 8))
    assert (found.at, found.p) == (8, pytest.approx(0.0))


def test_p_and_interval_are_those_of_student_times_the_nights() -> None:
    """Neighbours that alternate are not alike, so nothing is widened."""
    before, after = np.tile([0.0, 0.02], 5), 0.12 + np.tile([0.0, 0.02], 3)
    values = np.concatenate([before, after])
    [found] = changes(values)
    plain = stats.ttest_ind(after, before)
    interval = plain.confidence_interval(0.95)
    assert found.at == 10
    assert found.p == pytest.approx(16 * plain.pvalue)
    assert found.difference == pytest.approx(0.12)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_neighbours_that_are_alike_widen_the_interval() -> None:
    slow = np.array([0.0, 0.01, 0.02, 0.02, 0.01, 0.0, -0.01, -0.02, -0.02, -0.01])
    values = np.concatenate([slow, 0.4 + slow])
    [found] = changes(values)
    plain = stats.ttest_ind(0.4 + slow, slow).confidence_interval(0.95)
    assert found.high - found.low > 1.3 * (plain.high - plain.low)


def test_the_weakest_cut_goes_first() -> None:
    """Of three cuts that the partition makes, the small one in the middle is taken out."""
    noise = np.tile([0.0, 0.004, -0.004], 10)
    levels = np.repeat([0.0, 0.5, 0.53, 1.0], [9, 6, 6, 9])
    assert len(partition(levels + noise)) == 3
    assert [one.at for one in changes(levels + noise)] == [9, 21]


def test_limits_belong_to_what_is_kept() -> None:
    values = np.array([0.0, 0.01] * 4 + [1.0, 1.01] * 4)
    [found] = changes(values)
    assert changes(values, alpha=found.p) == [found]
    assert changes(values, alpha=0.99 * found.p) == []
    even = np.array([0.0] * 8 + [1.0] * 8)
    assert len(changes(even, margin=1.0)) == 1
    assert changes(even, margin=1.001) == []


def test_whole_numbers_and_the_shortest_series_that_has_a_change() -> None:
    assert partition(np.array([0, 0, 0, 9, 9, 9])) == (3,)
    assert noise_of(np.array([0.0, 1.0])) == pytest.approx(1 / 0.6745 / 2**0.5)


def test_of_several_small_changes_the_smallest_goes_first() -> None:
    noise = np.tile([0.0, 0.0002], 30)
    levels = np.repeat([0.0, 0.040, 0.085], 20)
    [found] = changes(levels + noise)
    assert found.at == 40
    assert found.difference == pytest.approx(0.065, abs=1e-4)


def test_the_range_of_a_place_by_hand() -> None:
    """Deviation about 0.1: places that explain all but 0.04 of the squares could be it as well."""
    values = np.array([0.0, 0.1, -0.1, 0.05, 0.0, 0.5, 1.0, 1.1, 0.9, 1.0, 1.05])
    [found] = changes(values)
    assert (found.earliest, found.latest) == (5, 6)
    [larger] = changes(100 * values)
    assert (larger.earliest, larger.latest) == (5, 6)
