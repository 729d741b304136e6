"""The grammar of pictures: panels of marks below one another on one axis of time.

A panel has an axis of values, or lanes with names. Faults have lanes above the panels and are
shaded in all of them; labels at the right edge do not collide; marks with a key stand in a legend
below; named marks are the columns of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from markupsafe import Markup

from reports.evidence.faults import FaultSpan
from reports.plots.drawing import svg
from reports.plots.drawing.faults import fault_lanes, fault_sentence, lanes_height
from reports.plots.drawing.marks import Line, Mark, Moments
from reports.plots.drawing.picture import LEFT, RIGHT, WIDTH, Picture, no_data, seconds
from reports.plots.drawing.svg import Scale

TABLE_ROWS = 24

_LOG_ABOVE = 30.0
"""Where the highest value is this many times the lowest, a linear axis hides the low ones."""
_DECADES_MOST = 1e7
_LEAST = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Marks that share an axis, its title with the unit, and its height in pixels.

    The axis starts at zero. A ``log`` one is logarithmic where the values need it, a ``zoomed`` one
    shows only their range; its title says so. With ``lanes``, named from the top, the values are
    lanes instead: the first one lies from 0 to 1.
    """

    marks: Sequence[Mark]
    title: str = ""
    unit: str = ""
    height: float = 108.0
    scale: Literal["linear", "log", "zoomed"] = "linear"
    lanes: Sequence[str] = ()

    def reach(self) -> tuple[list[float], list[float]]:
        """Return the last second of each mark, and of its values the extremes, also above zero."""
        last_s: list[float] = []
        extremes: list[float] = []
        for at_s, values in (mark.reach() for mark in self.marks):
            last_s += [at_s.max()] if len(at_s) else []
            if len(values):
                low, high = values.min(), values.max()
                extremes += [low, high, low if low > 0 else values[values > 0].min(initial=high)]
        return last_s, extremes


def time_scale(
    times_s: Sequence[float], faults: Sequence[FaultSpan] = (), begin_s: float = 0.0
) -> Scale:
    """Return the time axis from the run's start to the last thing that happened."""
    ends = [s for f in faults for s in (f.start_s, f.end_s) if s is not None]
    last = max([*times_s, *ends], default=0.0)
    return Scale(low=begin_s, high=max(last * 1.01, begin_s + 0.05), start=LEFT, end=RIGHT)


def draw(
    title: str,
    description: str,
    panels: Sequence[Panel],
    faults: Sequence[FaultSpan] = (),
    *,
    rows: Sequence[tuple[str, ...]] | None = None,
    key: Sequence[Mark] = (),
    note: str = "",
    x: Scale | None = None,
    x_title: str = "since the run's start",
    x_ticks: Sequence[tuple[float, str]] = (),
) -> Picture:
    """Return the picture of the panels that have anything to show.

    ``rows`` replace the table of the named marks, ``key`` are further entries of the legend, and
    ``x`` replaces the axis of time from the run's start; without ``x_title`` it is not drawn. With
    ``x_ticks`` (value and words) it is one of anything else.
    """
    reached = [(panel, *panel.reach()) for panel in panels]
    reached = [one for one in reached if one[1]]
    if not reached:
        return no_data(title, "nothing was measured")
    shown = [panel for panel, _, _ in reached]
    last_s = float(max(at_s for _, ends_s, _ in reached for at_s in ends_s))
    x = x or time_scale([last_s], faults)
    places: list[tuple[float, float]] = []
    for panel in shown:
        upper = (places[-1][1] if places else lanes_height(faults)) + _above(panel, bool(places))
        places.append((upper, upper + panel.height))
    parts = [fault_lanes(faults, x, top=2, shade_to=places)]
    legend: list[tuple[Mark, str]] = []
    for (panel, _, extremes), (upper, lower) in zip(reached, places, strict=True):
        y = _scale(panel, extremes, upper, lower)
        parts += _panel(panel, x, y)
        legend += [(mark, words) for mark in panel.marks if (words := mark.entry(x, y))]
    bottom = places[-1][1]
    if x_title:
        if x_ticks:
            parts += [svg.axis_below(x, x_ticks, y=bottom, title=x_title)]
        else:
            parts += [svg.time_axis(x, y=bottom, title=x_title)]
        parts += [svg.text(LEFT, bottom + 36, note, "note")] * bool(note)
        bottom += 42
    entries, height = _legend([*legend, *((mark, mark.key) for mark in key)], bottom)
    words = description + fault_sentence(faults)
    return Picture(
        title=title,
        description=words,
        svg=svg.document(WIDTH, bottom + height, title, words, [*parts, *entries]),
        rows=tuple(rows or _table(shown, last_s)),
    )


def _above(panel: Panel, is_below: bool) -> float:
    if panel.title:
        return 46.0 if is_below else 34.0
    if any(isinstance(mark, Moments) for mark in panel.marks):
        return 24.0
    return 0.0 if is_below else 8.0


def _scale(panel: Panel, extremes: Sequence[float], upper: float, lower: float) -> Scale:
    if panel.lanes:
        return Scale(low=0.0, high=len(panel.lanes), start=upper, end=lower)
    low, high = float(min(extremes)), float(max(extremes))
    above_zero = min((float(value) for value in extremes if value > 0), default=0.0)
    if panel.scale == "log" and high > _LOG_ABOVE * above_zero > 0:
        low = max(above_zero, high / _DECADES_MOST) / 1.15
        return Scale(low=low, high=high * 1.15, start=lower, end=upper, log=True)
    if panel.scale == "zoomed":
        room = max(high - low, abs(high) * 0.001, _LEAST)
        return Scale(low=low - 0.1 * room, high=low + 1.2 * room, start=lower, end=upper)
    has_peak = any(isinstance(mark, Line) and mark.highest for mark in panel.marks)
    high = high * (1.5 if has_peak else 1.12) if high > _LEAST else 1.0
    return Scale(low=min(low * 1.1, 0.0), high=high, start=lower, end=upper)


def _panel(panel: Panel, x: Scale, y: Scale) -> list[Markup]:
    parts: list[Markup] = []
    if panel.lanes:
        parts += [
            svg.text(x.start - 8, y(number + 0.5) + 4, name, "tick", anchor="end")
            for number, name in enumerate(panel.lanes)
            if name
        ]
        parts += [svg.text(0, y.start - 9, panel.title, "axis-title")] * bool(panel.title)
    else:
        kind = {"linear": "", "log": ", from zero", "zoomed": ", not from zero"}[panel.scale]
        title = panel.title + (", logarithmic" if y.log else kind)
        parts.append(svg.axis_left(y, x=x.start, to_x=x.end, title=title))
    parts += [part for mark in panel.marks for part in mark.draw(x, y)]
    labels = [label for mark in panel.marks for label in mark.labels()]
    upper, lower = min(y.start, y.end), max(y.start, y.end)
    wanted = [y(value) + 4 for value, _, _ in labels]
    spread = svg.spread(wanted, apart=15, low=upper + 4, high=lower + 8)
    for place, (_, words, css) in zip(spread, labels, strict=True):
        parts.append(svg.text(x.end + 10, place, words, css))
    return parts


def _legend(entries: Sequence[tuple[Mark, str]], top: float) -> tuple[list[Markup], float]:
    """Return a sample and words for each entry, in as many lines as they need, and their height."""
    drawn: list[Markup] = []
    left, middle = LEFT, top + 18
    for mark, words in entries:
        width = 42 + svg.text_width(words, 12)
        if left + width > WIDTH and left > LEFT:
            left, middle = LEFT, middle + 22
        x = Scale(low=0, high=1, start=left, end=left + 20)
        y = Scale(low=0, high=1, start=middle - 16, end=middle + 16)
        drawn += mark.sample().draw(x, y)
        drawn.append(svg.text(left + 26, middle + 4, words, "note"))
        left += width
    return drawn, middle - top + 14 if drawn else 0.0


def _table(panels: Sequence[Panel], last_s: float) -> list[tuple[str, ...]]:
    named = [(mark, panel.unit) for panel in panels for mark in panel.marks if mark.name]
    peaks = [mark.peak_s for mark, _ in named if isinstance(mark, Line) and mark.highest]
    ticks_s = np.unique([*np.linspace(0, last_s, TABLE_ROWS), *peaks])
    columns = [mark.cells(ticks_s) for mark, _ in named]
    header = ("second", *(f"{mark.name} {unit}".strip() for mark, unit in named))
    return [header, *zip(map(seconds, ticks_s.tolist()), *columns, strict=True)]
