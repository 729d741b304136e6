"""What was expected, against what was measured."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.ledger.experiment import Hypothesis
from reports.experiments.hypotheses import Agreement, answer

TEN = np.array([9.0, 9.5, 10.0, 10.5, 11.0, 9.8, 10.2, 10.1])


def expected(low: float | None, high: float | None, relative_to: str = "") -> Hypothesis:
    return Hypothesis(
        arm="a", part="load", measure="m", says="so", low=low, high=high, relative_to=relative_to
    )


@pytest.mark.parametrize(
    ("low", "high", "agreement"),
    [
        (8, 12, "agrees"),
        (None, 12, "agrees"),
        (12, 20, "disagrees"),
        (None, 5, "disagrees"),
        (10, 20, "undecided"),
    ],
)
def test_bounds_of_the_figure_itself(
    low: float | None, high: float | None, agreement: Agreement
) -> None:
    found = answer(expected(low, high), TEN, None)
    assert found.agreement == agreement
    assert found.measured == pytest.approx(10, rel=0.02)
    assert found.low < 10 < found.high
    assert found.blocks == 8


def test_bounds_in_percent_of_another_arm() -> None:
    found = answer(expected(250, 350, "b"), 4 * TEN, TEN)
    assert found.agreement == "agrees"
    assert found.measured == pytest.approx(300)
    assert answer(expected(80, 120, "b"), 4 * TEN, TEN).agreement == "disagrees"


def test_too_few_blocks_decide_nothing() -> None:
    found = answer(expected(0, 100), TEN[:3], None)
    assert found.agreement == "undecided"
    assert math.isinf(found.high)
    nothing = answer(expected(0, 100), np.array([math.nan]), None)
    assert (nothing.agreement, nothing.blocks) == ("undecided", 0)


def test_blocks_without_the_figure_are_left_out() -> None:
    with_gap = np.append(TEN, math.nan)
    assert answer(expected(8, 12), with_gap, None) == answer(expected(8, 12), TEN, None)


def test_a_zero_is_no_figure_to_leave_out() -> None:
    """Nine zeros and a four: the logs of what is left would say four."""
    zeros = np.array([0.0] * 9 + [4.0])
    found = answer(expected(None, 5), zeros, None)
    assert (found.agreement, found.measured, found.blocks) == ("agrees", 0.0, 10)
    assert found.note.startswith("zero in some block")
    some = np.array([100.0] * 9 + [0.0])
    half = answer(expected(-55, -20, "b"), some / 2, some)
    assert (half.agreement, half.measured) == ("agrees", -50.0)
    assert half.note.endswith("the other arm's median")
    none = answer(expected(-55, -45, "b"), some, np.zeros(10))
    assert (none.agreement, none.blocks) == ("undecided", 0)
    assert "median is zero" in none.note
    assert answer(expected(8, 12), TEN, None).note == ""
