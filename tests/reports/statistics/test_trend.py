"""Intervals hold the truth about as often as they say, and dependence makes them wider."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from reports.statistics.trend import mean_of, slope_of

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
