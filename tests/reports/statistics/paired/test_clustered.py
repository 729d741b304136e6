"""Means by variant with the user as the unit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from reports.statistics.paired.clustered import difference_of_means
from reports.statistics.paired.permutation import generator


def ones(values: list[float]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(values), np.ones(len(values))


def test_with_one_event_a_user_it_is_welchs_test() -> None:
    chance = generator("welch")
    a, b = chance.normal(3.0, 1.0, 12).tolist(), chance.normal(2.0, 2.0, 30).tolist()
    found = difference_of_means(ones(a), ones(b), level=0.9)
    welch = stats.ttest_ind(a, b, equal_var=False)
    wanted = welch.confidence_interval(0.9)
    assert found.p == pytest.approx(welch.pvalue)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))
    assert found.level == 0.9


def test_the_error_of_users_with_several_events_by_hand() -> None:
    """Sums 2, 6 of 2, 2 events: mean 2, residuals -2, 2; √(2/1 · 8) / 4 = 1. The other has none.

    One degree of freedom: 12.706 errors to each side.
    """
    found = difference_of_means(
        (np.array([2.0, 6.0]), np.array([2.0, 2.0])), (np.array([1.0, 1.0]), np.ones(2))
    )
    assert found.estimate == 1.0
    assert (found.low, found.high) == pytest.approx((1 - 12.706, 1 + 12.706), abs=1e-3)
    assert found.p == pytest.approx(0.5)
    assert found.log_ratio == pytest.approx(math.log(2))
    assert found.log_high == pytest.approx(math.log(2) + 12.706 / 2, abs=1e-3)
    assert found.log_low == pytest.approx(math.log(2) - 12.706 / 2, abs=1e-3)


def test_users_with_the_same_events_again_are_worth_no_more() -> None:
    """Each user's events a hundred times over: the interval stays."""
    chance = generator("again")
    sums, counts = chance.normal(5.0, 1.0, 20), np.ones(20)
    once = difference_of_means((sums, counts), ones([4.0, 5.0, 6.0]))
    often = difference_of_means((sums * 100, counts * 100), ones([4.0, 5.0, 6.0]))
    assert (often.low, often.high) == pytest.approx((once.low, once.high))


def test_it_is_wrong_as_rarely_as_promised_where_events_as_units_are_not() -> None:
    chance = generator("clusters")
    wrong = naive = 0
    for _ in range(400):
        sides = []
        for _ in range(2):
            counts = chance.integers(1, 40, 60)
            events = [
                chance.normal(m, 1.0, n)
                for m, n in zip(chance.normal(9, 1, 60), counts, strict=True)
            ]
            sides.append((events, np.array([e.sum() for e in events]), counts.astype(float)))
        wrong += difference_of_means(sides[0][1:], sides[1][1:]).p <= 0.05
        naive += stats.ttest_ind(*(np.concatenate(s[0]) for s in sides)).pvalue <= 0.05
    assert wrong <= 34  # 20 are expected, three deviations more
    assert naive >= 100


def test_the_ratio_is_of_means_and_its_errors_are_relative() -> None:
    """Means 1/2 and 1/4, both with an error of 1/8: relative ones of 1/4 and 1/2.

    Welch's degrees: (1/16 + 1/4)² / (1/256 + 1/16) = 25/17 for one degree each.
    """
    variant, control = ones([0.375, 0.625]), ones([0.125, 0.375])
    found = difference_of_means(variant, control)
    width = stats.t.ppf(0.975, 25 / 17) * math.sqrt(5 / 16)
    assert found.log_ratio == pytest.approx(math.log(2))
    assert (found.log_low, found.log_high) == pytest.approx(
        (math.log(2) - width, math.log(2) + width)
    )


@pytest.mark.parametrize(("one", "other"), [(1.0, 0.0), (0.0, 1.0), (1.0, -1.0), (-1.0, 1.0)])
def test_means_that_are_not_both_above_zero_have_no_ratio(one: float, other: float) -> None:
    found = difference_of_means(ones([one, one]), ones([other, other]))
    assert found.estimate == one - other
    assert math.isnan(found.log_ratio)


def test_one_event_of_two_users_is_a_mean() -> None:
    found = difference_of_means((np.array([3.0, 0.0]), np.array([1.0, 0.0])), ones([1.0, 1.0]))
    assert found.estimate == 2.0


def test_no_difference_no_error() -> None:
    same = difference_of_means(ones([0.0, 0.0]), ones([0.0, 0.0]))
    assert (same.estimate, same.low, same.high, same.p) == (0.0, 0.0, 0.0, 1.0)
    assert math.isnan(same.log_ratio)
    assert difference_of_means(ones([2.0, 2.0]), ones([1.0, 1.0])).p == 0.0


@pytest.mark.parametrize("side", [ones([1.0]), (np.array([0.0, 0.0]), np.zeros(2))])
def test_too_few(side: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="no interval"):
        difference_of_means(side, ones([1.0, 2.0]))
