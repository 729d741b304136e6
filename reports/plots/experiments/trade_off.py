"""The trade-off: arms by two or three figures at once, and those that no other arm beats in all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reports.core.text import figure, one_line
from reports.plots.drawing.marks import Mark, Points, Span, Strokes
from reports.plots.drawing.panels import Panel, draw
from reports.plots.drawing.picture import LEFT, RIGHT, Picture, no_data
from reports.plots.drawing.svg import Scale
from reports.plots.experiments.arms import PointNames, points, short

TITLE = "What an arm gains, and what it costs"

Quartiles = tuple[float, float, float]
"""Lower quartile, median and upper quartile over the blocks; NaN where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeAxis:
    """A figure's title, and which side of it is better."""

    title: str
    better: Literal["lower", "higher"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeArm:
    """An arm's figures, one an axis; ``no_winner``: it loses or fails and is on no front."""

    number: int
    name: str
    figures: Sequence[Quartiles]
    no_winner: bool


def trade_off(axes: Sequence[TradeAxis], arms: Sequence[TradeArm]) -> Picture:
    """Draw the arms by the last figure to the right and each other one upwards."""
    known = [arm for arm in arms if all(math.isfinite(q[1]) for q in arm.figures)]
    if len(axes) < 2 or len(known) < 2:
        return no_data(TITLE, "it takes two figures of two arms")
    front = pareto_front(axes, known)
    panels = [_panel(axes, known, front, up) for up in range(len(axes) - 1)]
    across = [value for arm in known for value in arm.figures[-1] if math.isfinite(value)]
    least = min(across)
    room = 0.12 * (max(across) - least) or abs(least) * 0.1 or 1.0
    x = Scale(
        low=max(least - room, 0.0) if least > 0 else least - room,
        high=max(across) + room,
        start=LEFT,
        end=RIGHT,
    )
    return draw(
        TITLE,
        _description(axes, known, front),
        panels,
        rows=_rows(axes, known, front),
        x=x,
        x_title=f"{_named(axes[-1])}, not from zero",
        x_ticks=[(tick, figure(tick)) for tick in x.ticks(8)],
    )


def pareto_front(axes: Sequence[TradeAxis], arms: Sequence[TradeArm]) -> list[TradeArm]:
    """Return the arms without a rival that is as good in every median and better in one.

    An arm that loses impressions, or fails, is on no front and keeps none from it.
    """
    sound = [arm for arm in arms if not arm.no_winner]
    return [arm for arm in sound if not any(_beats(axes, other, arm) for other in sound)]


def _beats(axes: Sequence[TradeAxis], one: TradeArm, other: TradeArm) -> bool:
    gains = [
        (b[1] - a[1]) * (1 if axis.better == "lower" else -1)
        for axis, a, b in zip(axes, one.figures, other.figures, strict=True)
    ]
    return min(gains) >= 0 and max(gains) > 0


def _panel(
    axes: Sequence[TradeAxis], arms: Sequence[TradeArm], front: Sequence[TradeArm], up: int
) -> Panel:
    at = [arm.figures[-1][1] for arm in arms]
    values = [arm.figures[up][1] for arm in arms]
    spread: list[Span] = []
    for arm in arms:
        (left, x, right), (low, y, high) = arm.figures[-1], arm.figures[up]
        spread += [(left, y, right, y), (x, low, x, high)]
    key = "between the quartiles of the blocks" if up == len(axes) - 2 else ""
    marks: list[Mark] = [
        Strokes("", spans=[s for s in spread if np.isfinite(s).all()], css="quartiles")
    ]
    ring = [arm in front for arm in arms]
    losers = [arm.no_winner for arm in arms]
    for css, shape, size, chosen, words in (
        ("front-ring", "circle", 22.0, ring, "on the Pareto front"),
        ("cross", "cross", 22.0, losers, "loses or fails"),
    ):
        places = [n for n, is_one in enumerate(chosen) if is_one]
        marks.append(
            Points(
                "",
                [at[n] for n in places],
                [values[n] for n in places],
                shape=shape,
                size=size,
                css=css,
                key=words if key else "",
            )
        )
    for arm, x, y in zip(arms, at, values, strict=True):
        marks.append(points(arm.number, (x,), (y,)))
    marks.append(PointNames("", at, values, names=[short(arm.name) for arm in arms]))
    return Panel(title=_named(axes[up]), height=190, scale="zoomed", marks=marks)


def _named(axis: TradeAxis) -> str:
    return f"{one_line(axis.title)} ({axis.better} is better)"


def _description(
    axes: Sequence[TradeAxis], arms: Sequence[TradeArm], front: Sequence[TradeArm]
) -> str:
    figures = ", ".join(one_line(axis.title) for axis in axes)
    sentence = f"Medians over the blocks, with quartiles, of {figures}."
    names = ", ".join(short(arm.name) for arm in front)
    if front:
        sentence += f" On the Pareto front, where no other arm is as good in all: {names}."
    losers = ", ".join(short(arm.name) for arm in arms if arm.no_winner)
    return sentence + (
        f" Not on it, for they lose impressions or fail: {losers}." if losers else ""
    )


def _rows(
    axes: Sequence[TradeAxis], arms: Sequence[TradeArm], front: Sequence[TradeArm]
) -> list[tuple[str, ...]]:
    header = ("arm", *(one_line(axis.title) for axis in axes), "Pareto front")
    return [
        header,
        *(
            (
                arm.name,
                *(figure(q[1]) for q in arm.figures),
                "no: loses or fails" if arm.no_winner else "yes" if arm in front else "no",
            )
            for arm in arms
        ),
    ]
