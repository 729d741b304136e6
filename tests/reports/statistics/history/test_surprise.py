"""The newest values against the prediction interval of those before them."""

from __future__ import annotations

import math

import numpy as np
import pytest

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
