"""The trade-off: the Pareto front is right, and no loser is on it."""

from __future__ import annotations

import math
from typing import Literal

import pytest

from reports.plots.drawing.picture import Picture
from reports.plots.experiments.trade_off import TradeArm, TradeAxis, pareto_front, trade_off
from tests.reports.plots.reading import dots_in, labels, read

AXES = [TradeAxis(title=title, better="lower") for title in ("p95", "age", "requests")]


def arm(name: str, *medians: float, no_winner: bool = False, number: int = 0) -> TradeArm:
    figures = [(0.9 * one, one, 1.1 * one) for one in medians]
    return TradeArm(number=number, name=name, figures=figures, no_winner=no_winner)


def front(*arms: TradeArm, better: Literal["lower", "higher"] = "lower") -> list[str]:
    axes = [TradeAxis(title="a", better=better), TradeAxis(title="b", better=better)]
    return [one.name for one in pareto_front(axes, arms)]


def test_an_arm_that_another_beats_is_not_on_the_front() -> None:
    arms = [arm("fast", 1, 9), arm("cheap", 9, 1), arm("beaten", 9, 9), arm("between", 5, 5)]
    assert front(*arms) == ["fast", "cheap", "between"]
    assert front(*arms, better="higher") == ["beaten"]


def test_two_that_are_alike_are_both_on_it_and_a_tie_in_one_is_decided_by_the_other() -> None:
    assert front(arm("a", 1, 1), arm("b", 1, 1)) == ["a", "b"]
    assert front(arm("a", 1, 1), arm("b", 1, 2)) == ["a"]


def test_a_loser_is_on_no_front_and_keeps_none_from_it() -> None:
    assert front(arm("loser", 1, 1, no_winner=True), arm("sound", 2, 2)) == ["sound"]


def drawn(*arms: TradeArm, axes: int = 3) -> Picture:
    return trade_off(AXES[:axes], arms)


@pytest.mark.parametrize("axes", [2, 3])
def test_a_panel_for_every_axis_but_the_last(axes: int) -> None:
    picture = drawn(
        arm("100", *(5.0, 50.0, 10.0)[:axes]),
        arm("50", *(9.0, 40.0, 20.0)[:axes], number=1),
        arm("500", *(1.0, 1.0, 1.0)[:axes], number=2, no_winner=True),
        axes=axes,
    )
    read(picture)
    assert labels(picture).count("100") == axes - 1
    assert dots_in(picture, "arm") == 3 * (axes - 1)
    assert dots_in(picture, "cross") == axes - 1 + 1, "one of them in the legend"
    assert "Not on it, for they lose impressions or fail: 500." in picture.description
    assert picture.rows[-1][-1] == "no: loses or fails"


def test_one_arm_or_one_figure_is_no_trade() -> None:
    assert "it takes two figures of two arms" in drawn(arm("a", 1, 1, 1)).description
    unknown = arm("b", 1.0, math.nan, 1.0)
    assert "No data" in labels(drawn(arm("a", 1, 1, 1), unknown))


def test_arms_at_the_same_place_can_be_drawn() -> None:
    read(drawn(arm("a", 0, 0, 0), arm("b", 0, 0, 0)))
