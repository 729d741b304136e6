"""The artwork pool over time: what viewers have left of it, its size, and the jobs for new ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reports.core.text import count
from reports.evidence.faults import FaultSpan
from reports.evidence.table.pool import PACE, JobLife, PoolHistory
from reports.plots.drawing.marks import Bars, Line, Mark, Points, Span
from reports.plots.drawing.panels import Panel, draw, time_scale
from reports.plots.drawing.picture import Picture

TITLE = "What viewers have left of the pool"
VIEWERS_MOST = 40
"""Viewers who are drawn one by one: those who came closest to the end."""
_LEVELS = (PACE, "95", "90", "85")
_LANES = ("by pace", "95 %", "90 %", "85 %")


def pool_over_time(history: PoolHistory, faults: Sequence[FaultSpan]) -> Picture:
    """Draw the unseen artworks of the viewers with the least left, the pool's size, and a bar for
    each job from its order to its end."""
    unseen, at_s = history.unseen, history.at_s
    jobs = [job for job in history.jobs if job.level in _LEVELS]
    panels = [
        Panel(title="artworks that a viewer has not seen", marks=_viewers(history)),
        Panel(
            title="artworks in the pool",
            height=64.0,
            scale="zoomed",
            marks=[Line("pool", at_s, history.artworks, css="line-durable", steps=True)],
        ),
        Panel(
            title="jobs, from the order to the artworks",
            height=88.0,
            lanes=_LANES,
            marks=_jobs(history, jobs),
        ),
    ]
    done = sum(job.done is not None for job in history.jobs)
    out = int((unseen.min(axis=1, initial=1) < 1).sum()) if len(history.users) else 0
    words = (
        f"{count(len(history.users), 'user')}, {out} of whom had seen all there was; the pool "
        f"had {history.artworks[0]:,} artworks at first and {history.artworks[-1]:,} at last. "
        f"{count(len(history.jobs), 'job')} for new artworks, {done} of them done."
    )
    x = time_scale([float(at_s[-1])], faults, begin_s=float(np.floor(at_s[0])))
    return draw(TITLE, words, panels, faults, x=x)


def _viewers(history: PoolHistory) -> list[Mark]:
    unseen, at_s = history.unseen, history.at_s
    if not len(history.users):
        return []
    closest = np.argsort(unseen.min(axis=1), kind="stable")[:VIEWERS_MOST]
    each: list[Mark] = [
        Line("", at_s, unseen[place], css="line-viewer", steps=True, label="") for place in closest
    ]
    out = [(float(at_s[left < 1][0]), 0.0) for left in unseen[closest] if bool((left < 1).any())]
    crosses = Points(
        "",
        [second for second, _ in out],
        [left for _, left in out],
        css="cross",
        shape="cross",
        key="a viewer has seen all there is",
    )
    return [
        *each,
        Line("half of them", at_s, np.median(unseen, axis=0), css="line-p50", steps=True),
        Line("fewest", at_s, unseen.min(axis=0), css="line-p95", steps=True),
        crosses,
    ]


def _jobs(history: PoolHistory, jobs: Sequence[JobLife]) -> list[Mark]:
    at_s, last_s = history.at_s, float(history.at_s[-1])
    spans: list[Span] = []
    open_s, open_lanes, begun_s, lanes = [], [], [], []
    for job in jobs:
        lane = _LEVELS.index(job.level)
        begun_s.append(float(at_s[job.first]))
        lanes.append(lane + 0.5)
        end_s = last_s if job.done is None else float(at_s[job.done])
        spans.append((begun_s[-1], lane + 0.3, end_s, lane + 0.7))
        if job.done is None:
            open_s.append(last_s)
            open_lanes.append(lane + 0.5)
    return [
        Bars(spans=spans, css="tab-visible", key="a job"),
        Points(
            "jobs ordered", begun_s, lanes, css="flush-answered", shape="diamond", key="its order"
        ),
        Points("", open_s, open_lanes, css="cross", shape="cross", key="not done at the end"),
    ]
