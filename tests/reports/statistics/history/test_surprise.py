"""The newest values against the prediction interval of those before them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from benchmarks.trend.nights import Nights, drawn
from reports.statistics.history.surprise import predicted, suspect

BEFORE = np.array([0.0, 0.02, -0.02, 0.01, -0.01, 0.02, -0.02, 0.0])


def test_a_prediction_by_hand() -> None:
    found = predicted(BEFORE, np.array([0.1]), worth=len(BEFORE))
    assert found is not None
    # Mean 0, deviation √(18e-4 / 7) = 0.01604, error 0.01604 · √(1/8 + 1) = 0.01701, t = 5.879.
    assert found.difference == pytest.approx(0.1)
    assert found.high - found.difference == pytest.approx(2.3646 * 0.01701, rel=1e-3)
    assert found.difference - found.low == pytest.approx(2.3646 * 0.01701, rel=1e-3)
    assert found.p == pytest.approx(0.00061, abs=2e-5)
    assert found.newest == 1


def test_too_few_values_predict_nothing() -> None:
    assert predicted(BEFORE[:5], np.array([1.0])) is None
    assert predicted(BEFORE, np.array([])) is None
    assert predicted(BEFORE[:6], np.array([1.0])) is not None


def test_one_night_is_suspect_and_so_are_two() -> None:
    one = suspect(np.append(BEFORE, 0.2))
    assert one is not None
    assert (one.newest, one.difference) == (1, pytest.approx(0.2))
    two = suspect(np.append(BEFORE, [0.2, 0.22]))
    assert two is not None
    assert (two.newest, two.difference) == (2, pytest.approx(0.21))
    down = suspect(np.append(BEFORE, -0.2))
    assert down is not None
    assert down.difference == pytest.approx(-0.2)


def test_what_came_back_is_not_suspect() -> None:
    assert suspect(np.append(BEFORE, [0.3, 0.0])) is None


def test_what_fits_or_is_too_small_to_matter_is_not_suspect() -> None:
    assert suspect(np.append(BEFORE, 0.03)) is None
    assert suspect(np.append(BEFORE / 100, 0.04)) is None
    assert suspect(np.append(BEFORE / 100, 0.05)) is not None


def test_neighbours_that_are_alike_widen_the_prediction() -> None:
    slow = np.array([0.0, 0.03, 0.06, 0.06, 0.03, 0.0, -0.03, -0.06, -0.06, -0.03])
    plain = predicted(slow, np.array([0.2]), worth=len(slow))
    wide = predicted(slow, np.array([0.2]))
    assert plain is not None
    assert wide is not None
    assert wide.p > 2 * plain.p
    assert wide.high - wide.low > plain.high - plain.low


def test_unchanged_series_are_left_alone() -> None:
    late = [suspect(drawn(Nights(count=20, seed=seed), "x")) for seed in range(300)]
    assert sum(one is not None for one in late) <= 3


def test_a_fifth_more_is_suspect_after_a_night() -> None:
    found = 0
    for seed in range(50):
        values = drawn(Nights(count=20, seed=seed), "x")
        values[19:] += math.log(1.2)
        found += suspect(values) is not None
    assert found >= 25


def test_equal_values_make_any_other_one_suspect() -> None:
    assert suspect(np.array([0.0] * 8 + [0.2])) is not None
    assert suspect(np.zeros(9)) is None


def test_two_nights_by_hand_and_what_order_costs() -> None:
    newest = np.array([0.1, 0.14])
    plain = predicted(BEFORE, newest, worth=8)
    assert plain is not None
    # Deviation 0.01604, error 0.01604 · √(1/8 + 1/2) = 0.01268, t = 9.464 with 7 degrees.
    assert plain.high - plain.difference == pytest.approx(2.3646 * 0.01268, rel=1e-3)
    assert plain.p == pytest.approx(2 * stats.t.sf(9.464, 7), rel=5e-3)
    # Worth four: ρ = 1/3, variance · 7/6, √(1/4 + 1/2 + 1/6), 8 · (8/9) / (10/9) - 1 = 5.4 degrees.
    alike = predicted(BEFORE, newest, worth=4)
    assert alike is not None
    error = 0.016036 * math.sqrt(7 / 6) * math.sqrt(1 / 4 + 1 / 2 + 1 / 6)
    assert alike.high - alike.difference == pytest.approx(
        float(stats.t.ppf(0.975, 5.4)) * error, rel=1e-3
    )
    assert alike.p == pytest.approx(2 * stats.t.sf(0.12 / error, 5.4), rel=1e-3)


def test_the_level_of_a_series_does_not_matter() -> None:
    low, high = suspect(np.append(BEFORE, 0.2)), suspect(np.append(BEFORE, 0.2) + 3.0)
    assert low is not None
    assert high is not None
    assert (high.difference, high.p) == (pytest.approx(low.difference), pytest.approx(low.p))
    assert suspect(np.append(BEFORE, 0.01) + 3.0) is None


def test_the_mean_is_that_of_all_values_before() -> None:
    before = np.array([0.04, 0.04, *[-0.002, 0.0] * 40])
    assert suspect(np.append(before, 0.06)) is not None


def test_limits_belong_to_what_is_suspect() -> None:
    even = np.array([0.001, -0.001] * 4)
    for newest in (0.1, -0.1):
        found = suspect(np.append(even, newest), margin=0.1)
        assert found is not None
        assert suspect(np.append(even, newest), alpha=2 * found.p) is not None
        assert suspect(np.append(even, newest), alpha=1.9 * found.p) is None
    assert suspect(np.append(even, 0.1), margin=0.1001) is None


def test_six_values_before_are_enough_for_one_night() -> None:
    found = suspect(np.append(BEFORE[:6], 0.4))
    assert found is not None
    assert found.newest == 1
    assert suspect(np.append(BEFORE[:5], 0.4)) is None
