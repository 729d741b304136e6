"""Fisher's one-sided test is that of the tables."""

from __future__ import annotations

import pytest
from scipy import stats

from reports.statistics.fisher import more_than


@pytest.mark.parametrize(
    ("count", "n", "other", "other_n"),
    [(3, 10, 0, 10), (0, 10, 3, 10), (5, 20, 4, 30), (12, 40, 3, 40), (50, 5000, 20, 5000)],
)
def test_it_agrees_with_scipy(count: int, n: int, other: int, other_n: int) -> None:
    table = [[count, n - count], [other, other_n - other]]
    expected = stats.fisher_exact(table, alternative="greater").pvalue
    assert more_than(count, n, other, other_n) == pytest.approx(expected, rel=1e-9)


def test_more_than_fit_into_one_side_are_left_out() -> None:
    """Of five together at most two can be the other's: fewer than three here are impossible."""
    assert more_than(3, 10, 2, 2) == pytest.approx(1.0)
    assert more_than(4, 10, 1, 2) == pytest.approx(
        stats.fisher_exact([[4, 6], [1, 1]], alternative="greater").pvalue
    )


def test_all_of_a_small_side() -> None:
    assert more_than(2, 2, 0, 2) == pytest.approx(1 / 6)
    assert more_than(1, 1, 0, 1) == pytest.approx(1 / 2)


@pytest.mark.parametrize(("n", "other_n"), [(0, 10), (10, 0), (0, 0)])
def test_without_cases_nothing_is_known(n: int, other_n: int) -> None:
    assert more_than(0, n, 0, other_n) == 1.0


def test_it_never_exceeds_one() -> None:
    assert more_than(0, 700, 0, 900) == 1.0
    assert more_than(0, 700, 31, 900) <= 1.0
