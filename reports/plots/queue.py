"""What waited in the pages' queues over time, and every attempt to get rid of it."""

from __future__ import annotations

from collections.abc import Sequence

from reports.core.text import count
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

TITLE = "The pages' queues and their attempts"
_HEIGHT = 130.0
_MARKS = 34.0


def queue_over_time(
    depths: Sequence[tuple[float, int]],
    answered_s: Sequence[float],
    unanswered_s: Sequence[float],
    faults: Sequence[FaultSpan],
) -> Picture:
    """Draw the sum of all queues as a step line, and below it a mark for every attempt.

    ``depths`` are (seconds since the run's start, ids waiting in all pages from then on).
    Attempts stand at their beginning: dots were answered, crosses were not.
    """
    if not depths:
        return no_data(TITLE, "no page told of its queue")
    course = sorted(depths)
    good = checked_times(answered_s, "answered_s").tolist()
    bad = checked_times(unanswered_s, "unanswered_s").tolist()
    time = time_scale([course[-1][0], *good[-1:], *bad[-1:]], faults)
    top = lanes_height(faults) + 34
    bottom = top + _HEIGHT
    peak_s, peak = max(course, key=lambda one: (one[1], -one[0]))
    scale = svg.Scale(low=0, high=max(1, peak) * 1.25, start=bottom, end=top)
    points = svg.thin_steps([(time(0.0), scale(0)), *((time(t), scale(n)) for t, n in course)])
    points.append((time.end, points[-1][1]))
    y = bottom + 18
    parts = [
        fault_lanes(faults, time, top=2, shade_to=[(top, bottom + _MARKS)]),
        svg.axis_left(scale, x=LEFT, to_x=RIGHT, title="ids that wait", at_most=4),
        svg.step_area(points, [(time.start, scale(0)), (time.end, scale(0))], "gap-fill"),
        svg.step_path(points, "line-gap"),
        svg.dots([(time(t), y) for t in good], "peak-dot"),
        svg.crosses([(time(t), y) for t in bad], "cross"),
        svg.text(RIGHT + 10, y - 2, f"{len(good):,} answered", "label"),
        svg.text(RIGHT + 10, y + 12, f"{len(bad):,} not", "label label-bad" if bad else "label"),
        svg.time_axis(time, y=bottom + _MARKS),
    ]
    description = (
        f"The queues held {count(peak, 'id')} at most, at {seconds(peak_s)} s, and "
        f"{course[-1][1]:,} in the end. {count(len(good) + len(bad), 'attempt')}, "
        f"{len(bad):,} without an answer that the page read.{fault_sentence(faults)}"
    )
    return Picture(
        title=TITLE,
        description=description,
        svg=svg.document(WIDTH, bottom + _MARKS + 42, TITLE, description, parts),
        rows=_table(course, good, bad, time.high),
    )


def _table(
    course: list[tuple[float, int]], good: list[float], bad: list[float], last_s: float
) -> tuple[tuple[str, ...], ...]:
    rows: list[tuple[str, ...]] = [("until second", "ids that wait", "answered", "not answered")]
    before = 0.0
    for tick in range(1, TABLE_ROWS):
        until = last_s * tick / (TABLE_ROWS - 1)
        depth = next((n for t, n in reversed(course) if t <= until), 0)
        shares = [sum(before < t <= until for t in times) for times in (good, bad)]
        rows.append((seconds(until), f"{depth:,}", *(f"{n:,}" for n in shares)))
        before = until
    return tuple(rows)
