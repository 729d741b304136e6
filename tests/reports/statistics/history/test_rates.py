"""Failure rates with exact intervals, and what is new, known and fixed."""

from __future__ import annotations

import pytest

from reports.statistics.history.rates import chance_of_run, failure_rate


def nights(letters: str) -> list[bool]:
    return [letter == "f" for letter in letters]


def test_a_rate_has_its_exact_interval() -> None:
    found = failure_rate(nights("ppfpppfppp"))
    assert (found.failed, found.n, found.flips) == (2, 10, 4)
    assert (found.low, found.high) == pytest.approx((0.02521, 0.55610), abs=1e-5)


def test_none_of_twenty_is_below_seventeen_percent() -> None:
    found = failure_rate([False] * 20)
    assert (found.low, found.high) == pytest.approx((0.0, 0.16843), abs=1e-5)


@pytest.mark.parametrize(
    ("letters", "state", "since"),
    [
        ("", "none", None),
        ("p", "passing", None),
        ("pppppp", "passing", None),
        ("f", "known", None),
        ("ffff", "known", None),
        ("pf", "new", 1),
        ("ppppppppppf", "new", 10),
        ("ppppppppfff", "new", 8),
        ("pppfpppfpppf", "known", 11),
        ("pppfppppppppppppffff", "new", 16),
        ("fffffffffp", "flaky", None),
        ("ffffffffffp", "fixed", 10),
        ("fffffffpppp", "fixed", 7),
        ("pfpfpfp", "flaky", None),
        ("ppppppfp", "flaky", None),
        ("fp", "flaky", None),
    ],
)
def test_what_the_last_nights_show(letters: str, state: str, since: int | None) -> None:
    found = failure_rate(nights(letters))
    assert (found.state, found.since) == (state, since)


def test_the_chance_of_a_run_is_beta_binomial() -> None:
    assert chance_of_run(0, 10, 1) == pytest.approx(0.5 / 11)
    assert chance_of_run(3, 10, 2) == pytest.approx(3.5 / 11 * 4.5 / 12)
    assert chance_of_run(3, 10, 0) == 1.0
