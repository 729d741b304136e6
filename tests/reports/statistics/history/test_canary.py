"""What a series owes to the machine is taken out where it follows the canary, and only there."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from benchmarks.trend.nights import Nights, drawn
from reports.statistics.history import canary as module
from reports.statistics.history.canary import without_machine
from reports.statistics.history.changes import changes


def machine(seed: int, count: int = 24) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(drawn(Nights(count=count, seed=seed, noise=0.1), "machine"))


def test_a_series_that_follows_the_machine_loses_its_noise() -> None:
    canary = machine(1)
    values = canary + drawn(Nights(seed=1, noise=0.02), "own")
    found = without_machine(values, canary)
    assert found is not None
    assert found.slope == pytest.approx(1.0, abs=0.15)
    assert found.r > 0.9
    assert found.p < 1e-6
    assert float(found.values.std()) < 0.03 < 0.08 < float(values.std())


def test_a_series_with_noise_of_its_own_is_left_as_it_is() -> None:
    taken = [
        without_machine(drawn(Nights(seed=seed), "own"), machine(seed)) is not None
        for seed in range(100)
    ]
    assert sum(taken) <= 5


def test_one_that_goes_the_other_way_is_left_as_it_is() -> None:
    canary = machine(2)
    assert without_machine(-canary, canary) is None


def test_the_slope_is_no_more_than_one() -> None:
    canary = machine(3)
    found = without_machine(3 * canary, canary)
    assert found is not None
    assert found.slope == 1.0


def test_a_regression_stays_where_it_is() -> None:
    canary = machine(4)
    values = canary + drawn(Nights(seed=4, noise=0.02), "own")
    values[15:] += math.log(1.3)
    found = without_machine(values, canary)
    assert found is not None
    [change] = changes(found.values)
    assert change.at == 15
    assert change.difference == pytest.approx(math.log(1.3), abs=0.04)


def test_nights_without_a_canary_stay_as_they_are() -> None:
    canary = machine(5)
    values = canary + 0.001
    canary[3] = math.nan
    found = without_machine(values, canary)
    assert found is not None
    assert found.values[3] == values[3]
    assert without_machine(values[:9], canary[:9]) is None


def test_ten_nights_are_the_least_and_a_still_canary_says_nothing() -> None:
    canary = machine(6)[:10]
    assert without_machine(canary, canary) is not None
    assert without_machine(canary[:9], canary[:9]) is None
    assert without_machine(machine(6), np.zeros(24)) is None


def test_slope_correlation_and_p_are_those_of_pearson() -> None:
    """Without a change of level they are those of the plain series, wherever its level lies."""
    canary = 5.3 + machine(7)
    values = 3.4 + 0.5 * machine(7) + drawn(Nights(seed=7, noise=0.03), "own")
    canary[4] = math.nan
    both = np.isfinite(canary)
    own, other = values[both] - values[both].mean(), canary[both] - canary[both].mean()
    expected = stats.pearsonr(own, other, alternative="greater")
    found = without_machine(values, canary)
    assert found is not None
    assert found.r == pytest.approx(expected.statistic)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.slope == pytest.approx(float((own * other).sum() / (other**2).sum()))
    moved = np.where(both, canary - np.median(canary[both]), 0.0)
    assert found.values == pytest.approx(values - found.slope * moved)


def test_levels_are_taken_out_before_they_could_correlate() -> None:
    """Both change at once, and neither follows the other within its levels."""
    canary, values = machine(8), drawn(Nights(seed=8), "own")
    canary[12:] += 2.0
    values[12:] += 2.0
    assert without_machine(values, canary) is None


def test_the_limit_of_p_belongs_to_what_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    canary = machine(9)
    values = canary + drawn(Nights(seed=9, noise=0.1), "own")
    monkeypatch.setattr(module, "SIGNIFICANT_P", 1.0)
    found = without_machine(values, canary)
    assert found is not None
    monkeypatch.setattr(module, "SIGNIFICANT_P", found.p)
    assert without_machine(values, canary) is not None
    monkeypatch.setattr(module, "SIGNIFICANT_P", 0.99 * found.p)
    assert without_machine(values, canary) is None
