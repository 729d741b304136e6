"""A series that changed: every night's figure, the levels, what changed when, and the canary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reports.core.text import count, figure, one_line
from reports.plots.drawing.marks import Line, Mark, Moment, Moments, Points, Strokes
from reports.plots.drawing.panels import Panel, draw
from reports.plots.drawing.picture import LEFT, RIGHT, Picture
from reports.plots.drawing.svg import Scale

_TICKS_MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyLevel:
    """A stretch of nights (the last one left out) and the level on which they lie."""

    first: int
    end: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyMark:
    """Something that began with a night: words, and whether the environment changed."""

    night: int
    words: str
    is_boundary: bool = False


def nightly(
    title: str,
    values: Sequence[float | None],
    days: Sequence[str],
    revisions: Sequence[str],
    *,
    levels: Sequence[NightlyLevel] = (),
    marks: Sequence[NightlyMark] = (),
    canary_ms: Sequence[float | None] = (),
) -> Picture:
    """Draw a figure night by night; ``days`` and ``revisions`` are those of the nights."""
    known = [(n, v) for n, v in enumerate(values) if v is not None]
    places, figures = [float(n) for n, _ in known], [v for _, v in known]
    drawn: list[Mark] = [
        Line("", places, figures, css="night-line", label=""),
        Points("", places, figures, css="night-dot", key="a night"),
        Strokes(
            "",
            spans=[(one.first - 0.5, one.value, one.end - 0.5, one.value) for one in levels],
            css="night-level",
            key="the level of these nights",
        ),
    ]
    moments = [
        Moment(
            one.night - 0.5,
            one.words,
            "restore" if one.is_boundary else "crash",
            words_before=one.night > 0.7 * len(values),
        )
        for one in sorted(marks, key=lambda one: one.night)
    ]
    panels = [Panel(height=170, marks=[*drawn, Moments("", moments=moments)])]
    panels += _canary(canary_ms)
    every = max(1, math.ceil(len(days) / _TICKS_MOST))
    rows: list[tuple[str, ...]] = [("night", "revision", one_line(title))]
    rows += [
        (day, revision, "" if value is None else figure(value))
        for day, revision, value in zip(days, revisions, values, strict=True)
    ]
    return draw(
        one_line(title),
        f"{count(len(known), 'night')}: "
        + ("; ".join(one.words for one in marks) or "no change")
        + ".",
        panels,
        rows=rows,
        x=Scale(low=-0.7, high=len(values) - 0.3, start=LEFT, end=RIGHT),
        x_title="night",
        x_ticks=[(float(n), day) for n, day in enumerate(days) if n % every == 0],
    )


def _canary(canary_ms: Sequence[float | None]) -> list[Panel]:
    known = [(float(n), ms) for n, ms in enumerate(canary_ms) if ms is not None]
    if not known:
        return []
    places, values = [n for n, _ in known], [ms for _, ms in known]
    mark = Points("", places, values, shape="diamond", size=7.0, css="canary", key="canary")
    return [
        Panel(
            title="the same fixed work around each suite, in ms",
            height=56,
            scale="zoomed",
            marks=[mark],
        )
    ]
