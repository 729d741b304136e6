"""Bins hold each moment once, and their quantiles are values that were measured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.bins import Bins


def test_bins_cover_the_time_and_the_last_one_may_reach_beyond() -> None:
    bins = Bins.over(2.0, 9.0, 3.0)
    assert bins.start_s.tolist() == [2, 5, 8]
    assert Bins.over(0.0, 0.0, 1.0).number == 1


def test_the_beginnings_are_floats_whatever_the_bounds_are() -> None:
    assert Bins(0, 1, 2).start_s.dtype == np.float64


def test_bins_that_begin_late_and_are_wide_hold_their_moments() -> None:
    bins = Bins(10.0, 4.0, 3)
    at_s = np.array([10.0, 13.9, 14.0, 18.0, 21.9])
    assert bins.place(at_s).tolist() == [0, 0, 1, 2, 2]
    assert bins.count(np.array([10.0, 11.0, 14.5])).tolist() == [2, 1, 0]


def test_what_lies_outside_is_in_the_nearest_bin() -> None:
    bins = Bins(0.0, 1.0, 3)
    assert bins.place(np.array([-5.0, 0.0, 0.99, 1.0, 3.0, 99.0])).tolist() == [0, 0, 0, 1, 2, 2]


@given(st.lists(st.floats(-10, 1e6)), st.floats(0.1, 1e4))
def test_every_moment_is_counted_once(at_s: list[float], width_s: float) -> None:
    bins = Bins.over(0.0, max(at_s, default=1.0), max(width_s, max(at_s, default=1.0) / 1000))
    assert bins.count(np.array(at_s, dtype=float)).sum() == len(at_s)


def test_quantiles_are_by_nearest_rank_within_each_bin() -> None:
    at_s = np.array([0.1, 0.2, 0.3, 0.4, 1.5])
    values = np.array([4.0, 1.0, 3.0, 2.0, 9.0])
    p50, most = Bins(0.0, 1.0, 3).quantiles(at_s, values, (0.5, 1.0))
    assert p50.tolist() == pytest.approx([2, 9, np.nan], nan_ok=True)
    assert most.tolist() == pytest.approx([4, 9, np.nan], nan_ok=True)


def test_a_bin_with_too_few_values_has_no_quantile() -> None:
    (p50,) = Bins(0.0, 1.0, 2).quantiles(np.array([0.1, 0.2, 1.1]), np.ones(3), (0.5,), least=2)
    assert p50.tolist() == pytest.approx([1, np.nan], nan_ok=True)


def test_a_bin_after_one_with_too_few_values_has_its_quantile() -> None:
    (p50,) = Bins(0.0, 1.0, 2).quantiles(np.array([0.1, 1.1, 1.2]), np.ones(3), (0.5,), least=2)
    assert p50.tolist() == pytest.approx([np.nan, 1], nan_ok=True)


def test_an_infinite_value_is_the_highest_quantile() -> None:
    (p99,) = Bins(0.0, 1.0, 1).quantiles(np.zeros(3), np.array([1.0, np.inf, 2.0]), (0.99,))
    assert np.isinf(p99[0])


def test_without_values_every_quantile_is_unknown() -> None:
    (p50,) = Bins(0.0, 1.0, 2).quantiles(np.empty(0), np.empty(0), (0.5,))
    assert np.isnan(p50).all()
