"""Several quantities over one time axis, a panel each: lines with their names at the right edge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from reports.core.text import figure
from reports.core.types import Floats
from reports.evidence.faults import FaultSpan
from reports.plots.drawing import svg
from reports.plots.drawing.picture import (
    LEFT,
    RIGHT,
    TABLE_ROWS,
    WIDTH,
    Picture,
    fault_lanes,
    fault_sentence,
    lanes_height,
    no_data,
    seconds,
    time_scale,
)

PANEL_HEIGHT = 108.0
_APART = 46.0
_LOG_ABOVE = 50.0
"""Where the highest value is so many times the typical one a linear axis shows a flat line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A named course, ``at_s`` in order; where a value is not finite the line is broken.

    Its last value stands beside the name unless ``says_value`` is false.
    """

    name: str
    at_s: Floats
    values: Floats
    css: str = "line-p50"
    says_value: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Lines that share an axis, its title with the unit, and a limit if there is one.

    The axis starts at zero, unless it is ``zoomed``; then its title says so.
    """

    title: str
    unit: str
    lines: Sequence[Line]
    limit: float | None = None
    limit_name: str = "limit"
    logarithmic: bool = False
    zoomed: bool = False


def panels_over_time(
    title: str, panels: Sequence[Panel], description: str, faults: Sequence[FaultSpan]
) -> Picture:
    """Draw the panels that have anything to show, below one another on one time axis."""
    shown = [panel for panel in panels if _values(panel).size]
    if not shown:
        return no_data(title, "nobody measured any of it")
    last = max(float(line.at_s[-1]) for p in shown for line in p.lines if len(line.at_s))
    time = time_scale([last], faults)
    top = lanes_height(faults) + 34
    places = [
        (top + n * (PANEL_HEIGHT + _APART), top + n * (PANEL_HEIGHT + _APART) + PANEL_HEIGHT)
        for n in range(len(shown))
    ]
    parts: list[Markup] = [fault_lanes(faults, time, top=2, shade_to=places)]
    for panel, (upper, lower) in zip(shown, places, strict=True):
        parts += _draw(panel, time, upper, lower)
    bottom = places[-1][1]
    parts.append(svg.time_axis(time, y=bottom))
    words = description + fault_sentence(faults)
    return Picture(
        title=title,
        description=words,
        svg=svg.document(WIDTH, bottom + 42, title, words, parts),
        rows=_table(shown, last),
    )


def _draw(panel: Panel, time: svg.Scale, upper: float, lower: float) -> list[Markup]:
    scale = _scale(panel, upper, lower)
    kind = ", logarithmic" if scale.log else ", not from zero" if scale.low else ""
    title = f"{panel.title}{kind}"
    parts = [svg.axis_left(scale, x=LEFT, to_x=RIGHT, title=title, at_most=4)]
    labels: list[tuple[float, str, str]] = []
    if panel.limit is not None:
        y = scale(panel.limit)
        parts.append(svg.line(LEFT, y, RIGHT, y, "target"))
        words = f"{panel.limit_name} {figure(panel.limit)} {panel.unit}".strip()
        labels.append((y, words, "label label-target"))
    for line in panel.lines:
        finite = np.isfinite(line.values)
        if not finite.any():
            continue
        parts += _course(line, time, scale)
        end = float(line.values[finite][-1])
        named = f"{line.name} {figure(round(end, 1))}" if line.says_value else line.name
        labels.append((scale(end), named, f"label {line.css}-label"))
    spread = svg.spread([y + 4 for y, _, _ in labels], apart=15, low=upper + 4, high=lower + 8)
    for place, (_, words, css) in zip(spread, labels, strict=True):
        parts.append(svg.text(RIGHT + 10, place, words, css))
    return parts


def _course(line: Line, time: svg.Scale, scale: svg.Scale) -> list[Markup]:
    finite = np.isfinite(line.values)
    edges = np.flatnonzero(np.diff(finite.astype(np.int8)))
    parts = []
    for piece in np.split(np.arange(len(finite)), edges + 1):
        if not len(piece) or not finite[piece[0]]:
            continue
        places = svg.thin_places(time.places(line.at_s[piece]), scale.places(line.values[piece]))
        if len(places) == 1:
            parts.append(svg.dots(places, "dot-slow"))
        else:
            parts.append(svg.path_through(places, line.css))
    return parts


def _scale(panel: Panel, upper: float, lower: float) -> svg.Scale:
    values = _values(panel)
    high = max(float(values.max()), panel.limit or 0.0)
    positive = values[values > 0]
    if panel.logarithmic and len(positive) and high > _LOG_ABOVE * float(np.median(positive)):
        low = float(positive.min())
        return svg.Scale(low=low / 1.2, high=high * 1.2, start=lower, end=upper, log=True)
    if panel.zoomed:
        low, room = float(values.min()), max(high - float(values.min()), high * 0.001, 1e-9)
        return svg.Scale(low=low - 0.1 * room, high=low + 1.2 * room, start=lower, end=upper)
    return svg.Scale(low=0.0, high=high * 1.15 if high > 0 else 1.0, start=lower, end=upper)


def _values(panel: Panel) -> Floats:
    found = [line.values[np.isfinite(line.values)] for line in panel.lines]
    return np.concatenate(found) if found else np.empty(0)


def _table(panels: Sequence[Panel], last_s: float) -> tuple[tuple[str, ...], ...]:
    lines = [(line, panel.unit) for panel in panels for line in panel.lines]
    rows = [("second", *(f"{line.name} {unit}".strip() for line, unit in lines))]
    for tick in range(TABLE_ROWS):
        at_s = last_s * tick / (TABLE_ROWS - 1)
        rows.append((seconds(at_s), *(_at(line, at_s) for line, _ in lines)))
    return tuple(rows)


def _at(line: Line, at_s: float) -> str:
    place = int(np.searchsorted(line.at_s, at_s + 1e-9, side="right")) - 1
    if place < 0:
        return ""
    value = float(line.values[place])
    if math.isnan(value):
        return ""
    return figure(round(value, 1)) if math.isfinite(value) else "no answer"
