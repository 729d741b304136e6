"""The forest: each arm's difference to the control with its interval, figure by figure.

All figures share one axis of log-ratios, labelled in percent. It is stretched around 0 %, so that
an interval of two percent and an arm with four times the requests can both be read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.core.text import figure
from reports.core.types import Floats
from reports.plots.drawing import svg
from reports.plots.drawing.marks import Bars, Mark, Points, Strokes, Words
from reports.plots.drawing.panels import Panel, draw
from reports.plots.drawing.picture import RIGHT, Picture, no_data
from reports.plots.drawing.svg import Scale
from reports.plots.experiments.arms import points, short

_LINEAR_WITHIN = 0.1
"""Log-ratios below it lie about evenly, those above it by their logarithm."""
_BELOW = (-0.01, -0.02, -0.05, -0.1, -0.2, -0.35, -0.5, -0.65, -0.8, -0.9, -0.95, -0.99, -0.999)
_ABOVE = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 9.0, 19.0, 49.0, 99.0, 999.0)
_APART = 46.0
_LANE = 23.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """One arm: its number, name and verdict, the words beside it, and log-ratios to the control.

    ``low`` and ``high`` may be infinite; ``estimate`` None means that nothing was looked at.
    ``blocks`` are the single blocks' ratios, ``strong`` is whether the row is drawn in full.
    """

    arm: int
    name: str
    words: str
    css: str
    estimate: float | None
    low: float
    high: float
    blocks: Floats
    strong: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestGroup:
    """One figure: its title, the log-ratio up to which a difference does not matter, its arms."""

    title: str
    limit: float
    rows: Sequence[ForestRow]


def forest(
    title: str,
    groups: Sequence[ForestGroup],
    *,
    control: str,
    description: str,
    rows: Sequence[tuple[str, ...]],
) -> Picture:
    """Draw every figure as a panel, and in it every arm as a row; ``rows`` are the table."""
    looked_at = [row for group in groups for row in group.rows if row.estimate is not None]
    if not looked_at:
        return no_data(title, "no planned look was reached")
    x = _scale(groups, looked_at)
    panels = [_panel(group, x) for group in groups if group.rows]
    return draw(
        title,
        description,
        panels,
        rows=rows,
        key=[
            Bars("", spans=[(0.0, 0.1, 1.0, 0.9)], css="margin-band", key="too little to matter"),
            Strokes("", spans=[(0.0, 0.5, 1.0, 0.5)], css="whisker", key="interval"),
            Points("", (0.5,), (0.5,), shape="tick", css="one-block", key="a single block"),
        ],
        x=x,
        x_title=f"difference to {short(control)} in percent; the axis is stretched around 0",
        x_ticks=_ticks(x),
    )


def stretched(log_ratio: float) -> float:
    """Return where a log-ratio lies on the axis."""
    return math.asinh(log_ratio / _LINEAR_WITHIN)


def _scale(groups: Sequence[ForestGroup], rows: Sequence[ForestRow]) -> Scale:
    values = [0.0, *(side * 1.6 * g.limit for g in groups for side in (-1, 1))]
    values += [v for r in rows for v in (r.low, r.high, r.estimate or 0.0) if math.isfinite(v)]
    values += [float(v) for r in rows for v in r.blocks if math.isfinite(v)]
    low, high = stretched(min(values)), stretched(max(values))
    room = 0.05 * (high - low) or 0.5
    longest = max(svg.text_width(short(row.name), 12) for row in rows)
    return Scale(low=low - room, high=high + room, start=max(64.0, longest + 14), end=RIGHT)


def _ticks(x: Scale) -> list[tuple[float, str]]:
    found = [(0.0, "0")]
    for shares in (_BELOW, _ABOVE):
        last = x(0.0)
        for share in shares:
            at = stretched(math.log1p(share))
            if x.low <= at <= x.high and abs(x(at) - last) >= _APART:
                sign = "+" if share > 0 else "−"
                found.append((at, f"{sign}{figure(round(abs(100 * share), 1))}"))
                last = x(at)
    return found


def _panel(group: ForestGroup, x: Scale) -> Panel:
    n = float(len(group.rows))
    limit = stretched(group.limit)
    marks: list[Mark] = [
        Bars("", spans=[(-limit, 0.0, limit, n)], css="margin-band"),
        Strokes("", spans=[(0.0, 0.0, 0.0, n)], css="control-line"),
    ]
    for number, row in enumerate(group.rows):
        marks += _row(row, number + 0.5, x)
    return Panel(
        title=group.title, height=_LANE * n, lanes=[short(r.name) for r in group.rows], marks=marks
    )


def _row(row: ForestRow, lane: float, x: Scale) -> list[Mark]:
    marks: list[Mark] = [Words(value=lane, label=row.words, css=f"forest-label {row.css}")]
    if row.estimate is None:
        return marks
    known = np.array([stretched(v) for v in row.blocks if math.isfinite(v)])
    marks.append(
        Points("", known, np.full(len(known), lane), shape="tick", size=6.0, css="one-block")
    )
    low = stretched(row.low) if math.isfinite(row.low) else x.low
    high = stretched(row.high) if math.isfinite(row.high) else x.high
    is_open = not (math.isfinite(row.low) and math.isfinite(row.high))
    css = "whisker whisker-open" if is_open else "whisker"
    faint = "" if row.strong else " faint"
    marks.append(Strokes("", spans=[(low, lane, high, lane)], css=f"{css}{faint}"))
    marks.append(points(row.arm, (stretched(row.estimate),), (lane,)))
    return marks
