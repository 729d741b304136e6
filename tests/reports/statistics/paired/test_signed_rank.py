"""The exact signed-rank test: counted by hand, as scipy counts, and as all sign flips say."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reports.statistics.paired.permutation import generator
from reports.statistics.paired.signed_rank import (
    blocks_for,
    interval,
    one_sided_p,
    p_value,
    pseudo_median,
)

Floats = npt.NDArray[np.float64]

FEW_WHOLE = st.lists(st.integers(-4, 4), min_size=1, max_size=8)


def by_all_flips(d: Floats) -> float:
    """The two-sided p from every one of the 2ⁿ signs, ranks as scipy gives them."""
    ranks = stats.rankdata(np.abs(d))
    observed = ranks[d > 0].sum()
    moved = [r for r, value in zip(ranks, d, strict=True) if value]
    sums = [
        sum(r for r, up in zip(moved, s, strict=True) if up)
        for s in product((0, 1), repeat=len(moved))
    ]
    upper, lower = (
        np.mean([op(s, observed) for s in sums]) for op in (np.greater_equal, np.less_equal)
    )
    return float(min(1.0, 2 * min(upper, lower)))


def test_three_blocks_by_hand() -> None:
    """Ranks 1, 2, 3, all positive: one of eight signs reaches 6, twice that is 1/4."""
    assert p_value(np.array([0.1, 0.2, 0.3])) == 0.25
    # + + - with the smallest negative: sums 5 and 6 of eight.
    assert p_value(np.array([-0.1, 0.2, 0.3])) == 0.5
    assert one_sided_p(np.array([-0.1, 0.2, 0.3]), above=0.0) == 0.25


def test_ties_and_zeros_by_hand() -> None:
    """Pratt: the zero has rank 1 and is not summed; 2.5 and 2.5 remain, so 5 is one of four."""
    assert p_value(np.array([0.0, 0.2, 0.2])) == 0.5
    assert p_value(np.array([0.0, 0.0])) == 1.0
    assert p_value(np.array([])) == 1.0


@given(FEW_WHOLE)
def test_ties_and_zeros_are_counted_as_all_sign_flips_count_them(whole: list[int]) -> None:
    d = np.array(whole, dtype=float)
    assert p_value(d) == pytest.approx(by_all_flips(d), abs=1e-12)


@given(FEW_WHOLE, st.integers(-3, 3))
def test_a_mirror_image_exchanges_the_sides(whole: list[int], above: int) -> None:
    d = np.array(whole, dtype=float)
    assert p_value(-d) == p_value(d)
    both = one_sided_p(d, above=above) + one_sided_p(-d, above=-above)
    assert both >= 1.0 - 1e-12  # the observed sum itself is in both tails


@pytest.mark.parametrize("n", [1, 2, 5, 6, 9, 17, 30, 50, 100])
def test_without_ties_it_is_scipys_exact_test(n: int) -> None:
    d = generator(f"scipy {n}").normal(0.3, 1.0, n)
    exact = stats.wilcoxon(d, method="exact")
    greater = stats.wilcoxon(d - 0.2, method="exact", alternative="greater")
    assert p_value(d) == pytest.approx(exact.pvalue, rel=1e-9)
    assert one_sided_p(d, above=0.2) == pytest.approx(greater.pvalue, rel=1e-9)


@pytest.mark.parametrize("n", [58, 60, 65, 96])
def test_what_is_certain_is_not_more_than_certain(n: int) -> None:
    """The chances of all rank sums add up to a little more than 1 for these: rounding."""
    assert one_sided_p(-np.arange(1.0, n + 1), above=0.0) == 1.0


@pytest.mark.parametrize("n", [6, 7, 12, 24])
def test_the_interval_holds_what_the_test_does_not_reject(n: int) -> None:
    d = generator(f"interval {n}").normal(0.0, 1.0, n)
    low, high = interval(d, 0.95)
    for outside, inside in ((low - 1e-9, low + 1e-9), (high + 1e-9, high - 1e-9)):
        assert p_value(d - outside) <= 0.05 < p_value(d - inside)
    assert low < pseudo_median(d) < high


def test_six_blocks_have_an_interval_from_end_to_end_and_five_have_none() -> None:
    d = np.array([0.03, 0.01, 0.06, 0.02, 0.05, 0.04])
    assert interval(d, 0.95) == (0.01, 0.06)
    assert interval(d[:5], 0.95) == (-math.inf, math.inf)
    assert interval(d[:5], 0.90) == (0.01, 0.06)
    assert interval(np.array([]), 0.95) == (-math.inf, math.inf)
    # A p of 2 / 2⁶ is just enough for this level, and not for the next.
    assert interval(d, 1 - 2 / 64) == (0.01, 0.06)
    assert interval(d, 1 - 1.99 / 64) == (-math.inf, math.inf)


def test_the_table_of_ten_blocks() -> None:
    """At n = 10 the two-sided 5 % value is 8: the interval leaves out eight averages a side."""
    d = np.array([1.0, 2, 4, 8, 16, 32, 64, 128, 256, 512])
    averages = sorted((d[i] + d[j]) / 2 for i in range(10) for j in range(i, 10))
    assert interval(d, 0.95) == (averages[8], averages[-9])


def test_the_pseudo_median_by_hand() -> None:
    """1, 2, 6 have the Walsh averages 1, 1.5, 2, 3.5, 4, 6."""
    assert pseudo_median(np.array([6.0, 1.0, 2.0])) == 2.75
    assert pseudo_median(np.array([0.4])) == 0.4
    with pytest.raises(ValueError, match="no blocks"):
        pseudo_median(np.array([]))


@given(
    st.lists(st.integers(-50, 50), min_size=6, max_size=12), st.integers(-9, 9), st.integers(1, 5)
)
def test_it_moves_and_grows_with_the_differences(whole: list[int], by: int, times: int) -> None:
    d = np.array(whole, dtype=float)
    low, high = interval(d, 0.95)
    assert interval(d * times + by, 0.95) == pytest.approx((low * times + by, high * times + by))


@pytest.mark.parametrize(
    ("alpha", "blocks"), [(0.05, 6), (0.0054, 9), (0.0054 / 3, 11), (2 / 2**9, 9), (1.0, 1)]
)
def test_how_many_blocks_an_alpha_needs(alpha: float, blocks: int) -> None:
    assert blocks_for(alpha) == blocks
    assert p_value(np.arange(1.0, blocks + 1)) <= alpha
    assert blocks == 1 or p_value(np.arange(1.0, blocks)) > alpha


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_not_finite_is_refused(bad: float) -> None:
    for call in (p_value, pseudo_median):
        with pytest.raises(ValueError, match="not finite"):
            call(np.array([0.1, bad]))
