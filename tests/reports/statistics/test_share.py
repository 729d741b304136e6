"""The decisions are exact: the boundary counts are those of the binomial tables."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from reports.statistics.share import (
    Decision,
    ShareEstimate,
    binomial_at_least,
    binomial_at_most,
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
    assert decide_share_below([], 0.05) == ShareEstimate(
        decision=Decision.OPEN, count=0, n=0, n_effective=0.0, low=0.0, high=1.0, n_needed=59
    )


def test_the_bounds_are_those_of_clopper_and_pearson() -> None:
    """Bounds on one side at 95 % each are the exact interval on both sides at 90 %."""
    share = decide_share_below(events(100, 7), 0.05)
    exact = stats.binomtest(7, 100).proportion_ci(0.9, method="exact")
    assert (share.count, share.n, share.n_effective) == (7, 100, 100.0)
    assert (share.low, share.high) == pytest.approx((exact.low, exact.high))


def test_a_bound_that_is_the_limit_decides_nothing() -> None:
    share = decide_share_below(events(100, 7), 0.05)
    assert decide_share_below(events(100, 7), share.high).decision is Decision.OPEN
    assert decide_share_below(events(100, 7), share.low).decision is Decision.OPEN


@pytest.mark.parametrize(
    ("count", "needed"), [(0, 59), (2, 143), (10, 98)], ids=["none", "fewer", "more"]
)
def test_how_many_would_decide(count: int, needed: int) -> None:
    """(1.645 / distance)² times the larger variance; without an event, ln 0.05 / ln 0.95."""
    assert decide_share_below(events(100, count), 0.05).n_needed == needed


def test_at_the_limit_no_number_of_cases_decides() -> None:
    assert decide_share_below(events(100, 5), 0.05).n_needed is None


ONE_SECOND_BURST = np.arange(100) < 10
"""Ten cases a second for ten seconds: in the first one all of them happen, in no other any.

Residuals of the counts are 9 and nine times -1: their squares are 90, times 10/9 is 100, and a coin
would have 100 · 0.1 · 0.9 = 9: the sample is worth 100 · 9/100 = 9 cases.
"""
TENTHS_S = np.arange(100) / 10


def test_the_design_effect_by_hand() -> None:
    share = decide_share_below(ONE_SECOND_BURST, 0.05, at_s=TENTHS_S)
    assert share.n_effective == pytest.approx(9.0)
    exact_low, exact_high = stats.beta.ppf(0.05, 0.9, 9.1), stats.beta.ppf(0.95, 1.9, 8.1)
    assert (share.low, share.high) == pytest.approx((exact_low, exact_high))
    assert share.n_needed == np.ceil((1.6448536 / 0.05) ** 2 * 0.09 * 100 / 9)


@pytest.mark.parametrize("shift_s", [0.25, 1e6])
@pytest.mark.parametrize("stretched", [1, 4])
def test_only_differences_of_time_count(shift_s: float, stretched: int) -> None:
    """Ten seconds, and forty, which are too short for blocks of two seconds wherever they lie."""
    at_s = TENTHS_S * stretched
    plain = decide_share_below(ONE_SECOND_BURST, 0.05, at_s=at_s)
    shifted = decide_share_below(ONE_SECOND_BURST, 0.05, at_s=at_s + shift_s)
    assert shifted.n_effective == pytest.approx(plain.n_effective)


def test_a_pause_is_no_block_but_a_single_case_is() -> None:
    later_s = np.where(TENTHS_S >= 5, TENTHS_S + 5, TENTHS_S)
    assert decide_share_below(ONE_SECOND_BURST, 0.05, at_s=later_s).n_effective == pytest.approx(
        9.0
    )
    # An eleventh block with one case: residual -10/101, of 11 blocks.
    one_more = decide_share_below([*ONE_SECOND_BURST, False], 0.05, at_s=[*later_s, 20.5])
    share = 10 / 101
    squares = (10 - 10 * share) ** 2 + 9 * (10 * share) ** 2 + share**2
    effect = squares * 11 / 10 / (101 * share * (1 - share))
    assert one_more.n_effective == pytest.approx(101 / effect)


def test_two_blocks_can_depend_on_each_other_and_one_cannot() -> None:
    """Ten of ten, then none of ten: squares 50, times 2, against 5 of a coin."""
    half = np.arange(20) < 10
    at_s = np.arange(20) / 10
    assert decide_share_below(half, 0.05, at_s=at_s).n_effective == pytest.approx(1.0)
    assert decide_share_below(half, 0.05, at_s=at_s / 10).n_effective == 20


@pytest.mark.parametrize("happens", [True, False])
def test_what_always_or_never_happens_is_independent(happens: bool) -> None:
    share = decide_share_below([happens] * 100, 0.05, at_s=TENTHS_S)
    assert share.n_effective == 100
    assert share.decision is (Decision.MISSED if happens else Decision.MET)


def test_ten_blocks_decide_and_nine_do_not() -> None:
    assert decide_share_below([False] * 100, 0.05, at_s=TENTHS_S).decision is Decision.MET
    short = decide_share_below([False] * 90, 0.05, at_s=TENTHS_S[:90])
    assert short.decision is Decision.OPEN
    assert short.high < 0.05


@pytest.mark.parametrize(("last_s", "blocks_s"), [(59.9, 1), (60.0, 2)])
def test_blocks_of_two_seconds_count_from_a_minute_on(last_s: float, blocks_s: int) -> None:
    """The first two seconds are bad: in blocks of two seconds they depend twice as much."""
    at_s = np.linspace(0, last_s, 600)
    bad = at_s < 2
    counted = decide_share_below(bad, 0.5, at_s=at_s)
    block = np.floor(at_s / blocks_s).astype(int)
    cases, counts = np.bincount(block), np.bincount(block, weights=bad)
    squares = float(((counts - bad.mean() * cases) ** 2).sum())
    coin = 600 * bad.mean() * (1 - bad.mean())
    effect = squares * len(cases) / (len(cases) - 1) / coin
    assert counted.n_effective == pytest.approx(600 / effect)


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


@pytest.mark.parametrize(
    ("q", "n_effective", "low", "high"),
    [(0.5, None, 40, 61), (0.5, 25.0, 32, 69), (0.95, 0.4, 1, 100), (0.0001, None, 1, 1)],
)
def test_a_quantiles_interval_is_that_of_the_tables(
    q: float, n_effective: float | None, low: int, high: int
) -> None:
    """Of a hundred values the 40th and the 61st hold the median in 95 of 100 samples."""
    values = np.random.default_rng(1).permutation(np.arange(1, 101))
    assert quantile_interval(values, q, n_effective=n_effective) == (low, high)


def test_the_chance_of_many_and_of_few_of_a_coin() -> None:
    """Four tosses: 16 outcomes; two draws of a quarter: 9/16 without, 7/16 with at least one."""
    assert [binomial_at_least(k, 4, 0.5) * 16 for k in range(5)] == pytest.approx(
        [16, 15, 11, 5, 1]
    )
    assert [binomial_at_most(k, 4, 0.5) * 16 for k in range(5)] == pytest.approx([1, 5, 11, 15, 16])
    assert binomial_at_least(1, 2, 0.25) == pytest.approx(7 / 16)
    assert binomial_at_most(0, 2, 0.25) == pytest.approx(9 / 16)


def test_the_exact_interval_of_a_share() -> None:
    assert share_interval(0, 0) == (0.0, 1.0)
    assert share_interval(1, 3) == pytest.approx((0.0084, 0.9057), abs=1e-4)
    assert share_interval(59, 59)[0] == pytest.approx(0.9394, abs=1e-4)
    assert share_at_most(0, 300) == pytest.approx(0.00994, abs=1e-5)
    assert share_at_most(0, 0) == 1.0
