"""How many ids waited in the pages' queues over time, and every attempt to send them."""

from __future__ import annotations

from collections.abc import Sequence

from reports.core.text import count
from reports.evidence.faults import FaultSpan
from reports.plots.drawing.marks import Band, Line, Points
from reports.plots.drawing.panels import Panel, draw
from reports.plots.drawing.picture import Picture, no_data, seconds

TITLE = "The pages' queues and their attempts"


def queue_over_time(
    depths: Sequence[tuple[float, int]],
    answered_s: Sequence[float],
    unanswered_s: Sequence[float],
    faults: Sequence[FaultSpan],
) -> Picture:
    """Draw the sum of all queues as a step line, and below it a mark for every attempt.

    ``depths`` are (seconds since the run's start, ids waiting in all pages from then on), in order.
    Attempts stand at their beginning: dots were answered, crosses were not.
    """
    if not depths:
        return no_data(TITLE, "no page reported its queue")
    at_s, ids = zip(*depths, strict=True)
    peak = max(ids)
    good, bad = len(answered_s), len(unanswered_s)
    description = (
        f"The queues held {count(peak, 'id')} at most, at {seconds(at_s[ids.index(peak)])} s, and "
        f"{ids[-1]:,} in the end. {count(good + bad, 'attempt')}, {bad:,} without an answer that "
        "the page read."
    )
    waiting = Line("ids that wait", (0, *at_s), (0, *ids), css="line-gap", steps=True, label="")
    answered = Points("answered", answered_s, [0.5] * good, css="peak-dot",
                      label=f"{good:,} answered")  # fmt: skip
    failed = Points("not answered", unanswered_s, [0.5] * bad, css="cross", shape="cross",
                    label=f"{bad:,} not")  # fmt: skip
    panels = [
        Panel(title="ids that wait", height=130, marks=[Band(upper=waiting), waiting]),
        Panel(lanes=[""], height=34, marks=[answered, failed]),
    ]
    return draw(TITLE, description, panels, faults)
