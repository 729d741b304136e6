"""Impressions shown and impressions durable over time, and the gap between the two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from reports.core.text import count, figure
from reports.core.types import Floats
from reports.evidence.faults import FaultSpan
from reports.plots.drawing import svg
from reports.plots.drawing.picture import (
    LEFT,
    RIGHT,
    TABLE_ROWS,
    WIDTH,
    Picture,
    checked_times,
    fault_lanes,
    fault_sentence,
    lanes_height,
    no_data,
    seconds,
    time_scale,
)

TITLE = "Impressions shown and impressions durable"
_LINES_HEIGHT = 210.0
_GAP_HEIGHT = 86.0


@dataclass(frozen=True, slots=True)
class _Gap:
    """The gap's story: its course, its peak, and when it was down to what never closed."""

    at_s: Floats
    values: Floats
    peak: int
    peak_s: float
    left: int
    closed_s: float | None


def shown_minus_durable(
    shown_s: Sequence[float] | Floats,
    durable_s: Sequence[float] | Floats,
    faults: Sequence[FaultSpan],
) -> Picture:
    """Draw two step lines with the gap between them filled, and the gap alone below.

    All times are seconds since the run's start; they need not be in order. An impression that never
    became durable has no durable time: the gap stays open to the right edge, and the description
    says how many never did.
    """
    shown = checked_times(shown_s, "shown_s")
    durable = checked_times(durable_s, "durable_s")
    if not len(shown) and not len(durable):
        return no_data(TITLE, "no impression was shown, and none was stored")
    gap = _gap(shown, durable)
    time = time_scale([*shown[-1:].tolist(), *durable[-1:].tolist()], faults)
    top = lanes_height(faults) + 34
    gap_top = top + _LINES_HEIGHT + 46
    bottom = gap_top + _GAP_HEIGHT
    panels = ((top, top + _LINES_HEIGHT), (gap_top, bottom))
    parts = [
        fault_lanes(faults, time, top=2, shade_to=panels),
        *_lines(shown, durable, time, panels[0]),
        *_gap_strip(gap, time, panels[1]),
        svg.time_axis(time, y=bottom),
    ]
    description = _describe(shown, durable, gap) + fault_sentence(faults)
    return Picture(
        title=TITLE,
        description=description,
        svg=svg.document(WIDTH, bottom + 42, TITLE, description, parts),
        rows=_table(shown, durable, gap, time.high),
    )


def _gap(shown: Floats, durable: Floats) -> _Gap:
    moments, change = np.unique(np.concatenate((shown, durable)), return_inverse=True)
    steps = np.bincount(change[: len(shown)], minlength=len(moments)).astype(np.float64)
    steps -= np.bincount(change[len(shown) :], minlength=len(moments))
    at_s = np.concatenate(([0.0], moments))
    values = np.concatenate(([0.0], np.cumsum(steps)))
    most = int(np.argmax(values))
    peak, left = int(values[most]), len(shown) - len(durable)
    floor = max(left, 0)
    down = np.flatnonzero((at_s > at_s[most]) & (values <= floor))
    closed = float(at_s[down[0]]) if len(down) and floor < peak else None
    return _Gap(at_s, values, peak, float(at_s[most]), left, closed)


def _describe(shown: Floats, durable: Floats, gap: _Gap) -> str:
    if len(shown):
        first = f"between {seconds(shown[0])} s and {seconds(shown[-1])} s"
        sentence = f"{count(len(shown), 'impression')} shown {first}; {len(durable):,} durable"
    else:
        sentence = f"No impression was shown, but {count(len(durable), 'row')} became durable"
    if gap.left > 0:
        sentence += f", and {gap.left:,} never became durable: the gap does not close."
    elif gap.left < 0:
        sentence += f"; {-gap.left:,} more became durable than were shown."
    else:
        sentence += ": every one in the end."
    if gap.peak <= 0:
        return sentence
    if gap.closed_s is None:
        return f"{sentence} The gap was largest, {gap.peak:,}, at {seconds(gap.peak_s)} s."
    took = seconds(gap.closed_s - gap.peak_s)
    end = f"was down to {gap.left:,} or less" if gap.left > 0 else "closed"
    return (
        f"{sentence} The gap was largest, {gap.peak:,}, at {seconds(gap.peak_s)} s "
        f"and {end} {took} s later."
    )


def _lines(
    shown: Floats, durable: Floats, time: svg.Scale, panel: tuple[float, float]
) -> list[Markup]:
    most = max(len(shown), len(durable))
    scale = svg.Scale(low=0, high=most * 1.04, start=panel[1], end=panel[0])
    upper = _climb(shown, time, scale)
    lower = _climb(durable, time, scale)
    label_y = svg.spread(
        [upper[-1][1] + 4, lower[-1][1] + 4], apart=17, low=panel[0] + 6, high=panel[1] - 12
    )
    parts = [
        svg.axis_left(scale, x=LEFT, to_x=RIGHT, title="impressions"),
        svg.step_area(upper, lower, "gap-fill"),
        svg.step_path(lower, "line-durable"),
        svg.step_path(upper, "line-shown"),
        svg.text(RIGHT + 10, label_y[0], f"shown {len(shown):,}", "label label-shown"),
        svg.text(RIGHT + 10, label_y[1], f"durable {len(durable):,}", "label label-durable"),
    ]
    if len(durable) < len(shown):
        never = f"{len(shown) - len(durable):,} never durable"
        parts.append(svg.text(RIGHT + 10, label_y[1] + 15, never, "label label-bad"))
    return parts


def _climb(times: Floats, time: svg.Scale, scale: svg.Scale) -> list[svg.Point]:
    counts = np.arange(len(times) + 1, dtype=np.float64)
    xs = np.concatenate(([time(0.0)], time.places(times)))
    points = svg.thin_places(xs, scale.places(counts))
    return [*points, (time.end, points[-1][1])]


def _gap_strip(gap: _Gap, time: svg.Scale, panel: tuple[float, float]) -> list[Markup]:
    low, high = min(0.0, float(gap.values.min())), max(1.0, float(gap.values.max()))
    scale = svg.Scale(low=low * 1.1, high=high * 1.5, start=panel[1], end=panel[0])
    points = svg.thin_places(time.places(gap.at_s), scale.places(gap.values))
    points.append((time.end, points[-1][1]))
    parts = [
        svg.axis_left(scale, x=LEFT, to_x=RIGHT, title="gap: shown minus durable", at_most=3),
        svg.step_area(points, [(time.start, scale(0)), (time.end, scale(0))], "gap-fill"),
        svg.step_path(points, "line-gap"),
    ]
    if gap.left > 0:
        y = scale(gap.left) + 4
        parts.append(svg.text(RIGHT + 10, y, f"{gap.left:,} still open", "label label-bad"))
    elif gap.left == 0:
        parts.append(svg.text(RIGHT + 10, scale(0) + 4, "closed", "label"))
    if gap.peak > 0:
        parts += _peak_label(gap, time, scale)
    return parts


def _peak_label(gap: _Gap, time: svg.Scale, scale: svg.Scale) -> list[Markup]:
    if gap.closed_s is None:
        label = f"largest gap {gap.peak:,}, never closed"
    else:
        end = f"down to {gap.left:,} or less" if gap.left > 0 else "closed"
        label = f"largest gap {gap.peak:,}, {end} after {seconds(gap.closed_s - gap.peak_s)} s"
    x, y = time(gap.peak_s), scale(gap.peak)
    # On the side with more room: most peaks stand at the end of a fault, late in the run.
    room_left = x - LEFT > RIGHT - x
    return [
        svg.dots([(x, y)], "peak-dot"),
        svg.text(
            x + 5 if room_left else x - 5,
            y - 10,
            label,
            "label halo",
            anchor="end" if room_left else None,
        ),
    ]


def _table(shown: Floats, durable: Floats, gap: _Gap, last_s: float) -> tuple[tuple[str, ...], ...]:
    ticks = [last_s * i / (TABLE_ROWS - 2) for i in range(TABLE_ROWS - 1)]
    rows = [("seconds", "shown", "durable", "gap")]
    for t in sorted({*ticks, gap.peak_s}):
        seen, stored = (int(np.searchsorted(one, t, side="right")) for one in (shown, durable))
        mark = " (largest)" if t == gap.peak_s and gap.peak > 0 else ""
        rows.append((seconds(t), f"{seen:,}", f"{stored:,}", f"{figure(seen - stored)}{mark}"))
    return tuple(rows)
