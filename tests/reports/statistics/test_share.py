"""The decisions are exact: the boundary counts are those of the binomial tables."""

from __future__ import annotations

import numpy as np
import pytest

from reports.statistics.share import (
    Decision,
    decide_share_below,
    quantile_interval,
    share_at_most,
    share_interval,
)


def events(n: int, count: int) -> list[bool]:
    return [True] * count + [False] * (n - count)


@pytest.mark.parametrize(
    ("n", "met_up_to", "missed_from"),
    [(59, 0, 7), (500, 16, 34), (1_000, 38, 63), (5_000, 224, 277), (10_000, 463, 537)],
)
def test_p95_is_decided_at_the_exact_counts(n: int, met_up_to: int, missed_from: int) -> None:
    assert decide_share_below(events(n, met_up_to), 0.05).decision is Decision.MET
    assert decide_share_below(events(n, met_up_to + 1), 0.05).decision is Decision.OPEN
    assert decide_share_below(events(n, missed_from - 1), 0.05).decision is Decision.OPEN
    assert decide_share_below(events(n, missed_from), 0.05).decision is Decision.MISSED


@pytest.mark.parametrize(("n", "most"), [(598, 0), (1_000, 1), (5_000, 16), (10_000, 38)])
def test_success_above_995_permille_needs_as_much_as_the_tables_say(n: int, most: int) -> None:
    assert decide_share_below(events(n, most), 0.005).decision is Decision.MET
    assert decide_share_below(events(n, most + 1), 0.005).decision is not Decision.MET


def test_one_case_less_than_needed_decides_nothing() -> None:
    share = decide_share_below(events(58, 0), 0.05)
    assert share.decision is Decision.OPEN
    assert share.n_needed == 59


def test_nothing_decides_nothing() -> None:
    assert decide_share_below([], 0.05).decision is Decision.OPEN


def test_events_that_come_together_count_for_less() -> None:
    """30 slow requests of 1,000: spread out they meet 5 %, in one burst they decide nothing."""
    at_s = np.arange(1_000) / 10
    spread = np.arange(1_000) % 33 == 0
    burst = np.arange(1_000) < 31
    assert decide_share_below(spread, 0.05, at_s=at_s).decision is Decision.MET
    together = decide_share_below(burst, 0.05, at_s=at_s)
    assert together.decision is Decision.OPEN
    assert together.n_effective < 200


def test_dependence_never_makes_a_sample_larger() -> None:
    at_s = np.arange(1_000) / 10
    even = np.arange(1_000) % 20 == 0
    assert decide_share_below(even, 0.05, at_s=at_s).n_effective == 1_000


def test_a_p95_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Exponential values, true p95 = ln 20: about 95 % of 300 intervals must hold it."""
    chance = np.random.default_rng(7)
    truth = np.log(20)
    hits = 0
    for _ in range(300):
        low, high = quantile_interval(chance.exponential(size=400), 0.95)
        hits += low <= truth <= high
    assert hits >= 275


def test_a_quantile_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile_interval([], 0.95)


def test_the_exact_interval_of_a_share() -> None:
    assert share_interval(0, 0) == (0.0, 1.0)
    assert share_interval(1, 3) == pytest.approx((0.0084, 0.9057), abs=1e-4)
    assert share_interval(59, 59)[0] == pytest.approx(0.9394, abs=1e-4)
    assert share_at_most(0, 300) == pytest.approx(0.00994, abs=1e-5)
    assert share_at_most(0, 0) == 1.0
