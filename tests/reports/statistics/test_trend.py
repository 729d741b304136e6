"""Intervals hold the truth about as often as they say, and dependence makes them wider."""

from __future__ import annotations

import math
from itertools import combinations
from statistics import median

import numpy as np
import numpy.typing as npt
import pytest

from reports.statistics.trend import Estimate, _stretch, mean_of, slope_of

Floats = npt.NDArray[np.float64]


def noise(chance: np.random.Generator, n: int, memory: float) -> Floats:
    """Return noise in which each value keeps a share of the one before."""
    drawn = chance.normal(size=n)
    values = np.empty(n)
    values[0] = drawn[0]
    for i in range(1, n):
        values[i] = memory * values[i - 1] + drawn[i] * np.sqrt(1 - memory**2)
    return values


@pytest.mark.parametrize("memory", [0.0, 0.5])
def test_a_means_interval_covers_the_truth(memory: float) -> None:
    chance = np.random.default_rng(3)
    hits = 0
    for _ in range(300):
        found = mean_of(5.0 + noise(chance, 300, memory))
        assert found is not None
        hits += found.low <= 5.0 <= found.high
    assert hits >= 270


@pytest.mark.parametrize("memory", [0.0, 0.5])
def test_a_slopes_interval_covers_the_truth(memory: float) -> None:
    chance = np.random.default_rng(4)
    x = np.arange(600, dtype=float)
    hits = 0
    for _ in range(300):
        found = slope_of(x, 2.0 * x + 20 * noise(chance, 600, memory))
        assert found is not None
        hits += found.low <= 2.0 <= found.high
    assert hits >= 270


def test_a_slope_is_not_moved_by_a_step_at_the_start() -> None:
    """A process that takes a page while it warms up does not grow."""
    x = np.arange(600, dtype=float)
    y = np.where(x < 120, 50.0, 90.0) + np.random.default_rng(5).normal(size=600)
    found = slope_of(x, y)
    assert found is not None
    assert abs(found.value) < 0.01


def test_a_slope_per_impression_needs_impressions() -> None:
    assert slope_of(np.zeros(100), np.arange(100, dtype=float)) is None


@pytest.mark.parametrize("n", [0, 1, 9])
def test_too_short_a_series_decides_nothing(n: int) -> None:
    values = np.arange(n, dtype=float)
    assert slope_of(values, values) is None
    assert mean_of(values) is None


def test_dependence_widens_the_interval() -> None:
    chance = np.random.default_rng(6)
    x = np.arange(600, dtype=float)
    plain, dependent = [], []
    for _ in range(40):
        for memory, widths in ((0.0, plain), (0.97, dependent)):
            found = slope_of(x, noise(chance, 600, memory))
            assert found is not None
            widths.append(found.high - found.low)
    assert np.median(dependent) > 2 * np.median(plain)


def test_a_means_interval_is_students() -> None:
    """Ten batches of three with the means 0 to 9: t is 2.262, s is 3.028, s / √10 is 0.957."""
    found = mean_of(np.repeat(np.arange(10.0), 3))
    assert found is not None
    assert (found.value, found.n) == (4.5, 30)
    assert (found.low, found.high) == pytest.approx((4.5 - 2.16586, 4.5 + 2.16586), abs=1e-5)


def test_thirty_samples_are_the_least_and_one_more_is_no_harm() -> None:
    assert mean_of(np.arange(29.0)) is None
    found = mean_of(np.arange(31.0))
    assert found is not None
    assert (found.value, found.n) == (15.0, 31)
    uneven = mean_of(np.sort(np.append(np.repeat(np.arange(10.0), 3), 0.0)))
    assert uneven is not None
    assert uneven.high - uneven.value == pytest.approx(2.16586, abs=1e-5)


def by_the_book(x: Floats, y: Floats) -> Estimate:
    """Return Sen's interval of Theil's slope with Hamed and Rao's variance, in plain loops."""
    n = len(x)
    slopes = sorted((y[j] - y[i]) / (x[j] - x[i]) for i, j in combinations(range(n), 2))
    slope = median(slopes)
    stretch = stretch_by_the_book([y[i] - slope * x[i] for i in range(n)])
    reach = 1.959964 * math.sqrt(n * (n - 1) * (2 * n + 5) / 18 * stretch)
    low = max(math.floor((len(slopes) - reach) / 2) - 1, 0)
    high = min(math.ceil((len(slopes) + reach) / 2), len(slopes) - 1)
    return Estimate(value=slope, low=slopes[low], high=slopes[high], n=n)


def stretch_by_the_book(residuals: list[float]) -> float:
    n = len(residuals)
    ranks = [sorted(residuals).index(one) - (n - 1) / 2 for one in residuals]
    excess = 0.0
    for lag in range(1, n):
        pairs = zip(ranks[: n - lag], ranks[lag:], strict=True)
        rho = sum(a * b for a, b in pairs) / sum(a * a for a in ranks)
        if abs(rho) > 1.959964 / math.sqrt(n):
            excess += (n - lag) * (n - lag - 1) * (n - lag - 2) * rho
    return max(1.0, 1 + 2 / (n * (n - 1) * (n - 2)) * excess)


@pytest.mark.parametrize("memory", [-0.9, 0.0, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("n", [10, 11, 25, 60])
def test_a_slope_and_its_interval_are_those_of_the_papers(n: int, memory: float) -> None:
    chance = np.random.default_rng(n)
    for _ in range(6):
        x = np.cumsum(chance.uniform(0.01, 0.2, size=n))
        y = 3.0 * x + noise(chance, n, memory)
        found, expected = slope_of(x, y), by_the_book(x, y)
        assert found is not None
        assert (found.value, found.low, found.high, found.n) == pytest.approx(
            (expected.value, expected.low, expected.high, n)
        )


@pytest.mark.parametrize("n", [4, 10, 30])
def test_the_variance_is_stretched_as_in_the_paper(n: int) -> None:
    chance = np.random.default_rng(n)
    for memory in (-0.9, 0.0, 0.5, 0.99):
        for _ in range(10):
            residuals = noise(chance, n, memory)
            expected = stretch_by_the_book(residuals.tolist())
            assert _stretch(residuals) == pytest.approx(expected, rel=1e-12)


def test_where_x_mostly_stands_still_the_interval_holds_every_slope() -> None:
    """Sixty blocks, and x moves between the last two only: 59 slopes, fewer than the reach."""
    x, y = np.zeros(60), np.random.default_rng(9).normal(size=60)
    x[-1] = 1.0
    found = slope_of(x, y)
    assert found is not None
    assert (found.low, found.high) == (y[-1] - y[:-1].max(), y[-1] - y[:-1].min())


def test_more_samples_are_averaged_to_sixty_blocks() -> None:
    chance = np.random.default_rng(8)
    x, y = np.arange(180.0), chance.normal(size=180)
    found = slope_of(x, y)
    expected = by_the_book(x.reshape(60, 3).mean(axis=1), y.reshape(60, 3).mean(axis=1))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.n == 180


def test_one_pair_that_stands_still_is_too_few_of_ten_blocks() -> None:
    x = np.array([0.0, 0, 1, 2, 3, 4, 5, 6, 7, 8])
    assert slope_of(x, np.arange(10.0)) is None


def test_a_straight_line_has_an_interval_without_width() -> None:
    x = np.arange(10.0)
    assert slope_of(x, 2 * x) == Estimate(value=2.0, low=2.0, high=2.0, n=10)
