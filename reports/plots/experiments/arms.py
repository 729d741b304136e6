"""How an experiment's arms look in every picture: one shape and one line each, by their order.

Shape and dashes carry who is who; the colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.core.text import one_line
from reports.core.types import Floats
from reports.plots.drawing import svg
from reports.plots.drawing.marks import Mark, Numbers, Points
from reports.plots.drawing.svg import Scale

SHAPES = (
    "circle",
    "square",
    "triangle",
    "diamond",
    "circle cross",
    "square cross",
    "triangle tick",
    "diamond tick",
)
NAME_MOST = 24
"""A longer name is cut in pictures; tables have all of it."""
_SIZE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PointNames(Mark):
    """The name of each point beside it, on the side where there is room."""

    names: Sequence[str]

    def draw(self, x: Scale, y: Scale) -> list[Markup]:
        drawn = []
        for at, value, name in zip(self.at_s, self.values, self.names, strict=True):
            place, aside, anchor = x(float(at)), 15.0, None
            if place + aside + svg.text_width(name, 12) > x.end:
                aside, anchor = -15.0, "end"
            drawn.append(
                svg.text(place + aside, y(float(value)) + 4, name, "point-name halo", anchor=anchor)
            )
        return drawn


def short(name: str) -> str:
    """Return an arm's name for a picture, in one line and not too long."""
    shown = one_line(name)
    return shown if len(shown) <= NAME_MOST else f"{shown[: NAME_MOST - 1]}…"


def style(number: int) -> str:
    """Return the class of the nth arm, counted from 0."""
    return f"arm-{number % len(SHAPES)}"


def points(
    number: int, at: Numbers, values: Numbers | Floats, *, key: str = "", size: float = _SIZE
) -> Points:
    """Return the nth arm's marks at these places."""
    shape = SHAPES[number % len(SHAPES)]
    return Points("", at, values, shape=shape, size=size, css=f"arm {style(number)}", key=key)
