"""Student's paired t: by hand, and as scipy has it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from reports.statistics.paired.permutation import generator
from reports.statistics.paired.student import interval, p_value, quantile


def test_three_blocks_by_hand() -> None:
    """Mean 2, deviation 1, error 1/√3; 4.303 is the table's 97.5 % of two degrees."""
    low, high = interval(np.array([1.0, 2.0, 3.0]), 0.95)
    assert (low, high) == pytest.approx((2 - 4.303 / 3**0.5, 2 + 4.303 / 3**0.5), abs=1e-3)
    assert quantile(2, 0.975) == pytest.approx(4.303, abs=1e-3)


@pytest.mark.parametrize("n", [2, 9, 24])
def test_it_is_scipys(n: int) -> None:
    d = generator(f"student {n}").normal(0.4, 1.0, n)
    whole = stats.ttest_1samp(d, 0.0)
    assert p_value(d) == pytest.approx(whole.pvalue)
    wanted = whole.confidence_interval(0.9)
    assert interval(d, 0.9) == pytest.approx((wanted.low, wanted.high))


def test_one_block_and_equal_blocks() -> None:
    assert interval(np.array([0.3]), 0.95) == (-math.inf, math.inf)
    assert p_value(np.array([0.3])) == 1.0
    assert interval(np.array([0.5, 0.5]), 0.95) == (0.5, 0.5)
    assert p_value(np.array([0.5, 0.5])) == 0.0
    assert p_value(np.array([0.0, 0.0])) == 1.0
