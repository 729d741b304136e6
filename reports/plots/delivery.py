"""Impressions shown and impressions durable over time, and the gap between the two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.core.text import count
from reports.core.types import Floats
from reports.evidence.faults import FaultSpan
from reports.plots.drawing.marks import Band, Line, Mark, Words
from reports.plots.drawing.panels import Panel, draw
from reports.plots.drawing.picture import Picture, checked_times, no_data, seconds

TITLE = "Impressions shown and impressions durable"
_MANY = 2_000_000
_DRAWN = 100_000
"""Moments that are drawn of more than ``_MANY``: a hundred for each pixel of the width."""
_AT_A_TIME = 1 << 20


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
    upper, lower = _climb("shown", shown), _climb("durable", durable)
    course = Line("gap", gap.at_s, gap.values, css="line-gap", steps=True, highest=_peak(gap),
                  label="" if gap.left else "closed")  # fmt: skip
    stored: list[Mark] = [Band(upper=upper, lower=lower), upper, lower]
    open_: list[Mark] = [Band(upper=course), course]
    if gap.left > 0:
        css = "label label-bad"
        stored.append(Words(value=len(durable), label=f"{gap.left:,} never durable", css=css))
        open_.append(Words(value=gap.left, label=f"{gap.left:,} still open", css=css))
    panels = [
        Panel(title="impressions", height=210, marks=stored),
        Panel(title="gap: shown minus durable", height=86, marks=open_),
    ]
    return draw(TITLE, _describe(shown, durable, gap), panels, faults)


def _gap(shown: Floats, durable: Floats) -> _Gap:
    if len(shown) + len(durable) > _MANY:
        return _gap_of_many(shown, durable)
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


def _gap_of_many(shown: Floats, durable: Floats) -> _Gap:
    """Return the same gap without a row for every moment: its peak and its end are exact, and its
    course is taken at ``_DRAWN`` moments and at those two.

    It grows only where something is shown, and closes only where something becomes durable.
    """
    peak, peak_s = 0, 0.0
    for first in range(0, len(shown), _AT_A_TIME):
        moments = shown[first : first + _AT_A_TIME]
        values = _gap_at(moments, shown, durable)
        most = int(np.argmax(values))
        if values[most] > peak:
            peak, peak_s = int(values[most]), float(moments[most])
    left = len(shown) - len(durable)
    floor, closed = max(left, 0), None
    for first in range(int(np.searchsorted(durable, peak_s, "right")), len(durable), _AT_A_TIME):
        moments = durable[first : first + _AT_A_TIME]
        down = np.flatnonzero(_gap_at(moments, shown, durable) <= floor)
        if len(down) and floor < peak:
            closed = float(moments[down[0]])
            break
    known = [0.0, peak_s, *([] if closed is None else [closed])]
    at_s = np.unique(np.concatenate((_drawn(shown), _drawn(durable), known)))
    return _Gap(at_s, _gap_at(at_s, shown, durable), peak, peak_s, left, closed)


def _gap_at(at_s: Floats, shown: Floats, durable: Floats) -> Floats:
    """Return how many are shown and not durable after each moment."""
    begun, ended = (np.searchsorted(times, at_s, "right") for times in (shown, durable))
    values: Floats = (begun - ended).astype(np.float64)
    return values


def _drawn(times: Floats) -> Floats:
    """Return the times that are drawn: all of a few, evenly many of many, the last among them."""
    if len(times) <= _MANY:
        return times
    return times[np.linspace(0, len(times) - 1, _DRAWN).astype(np.int64)]


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


def _climb(name: str, times: Floats) -> Line:
    drawn = _drawn(times)
    at_s = np.concatenate(([0.0], drawn))
    counts = np.concatenate(([0.0], np.searchsorted(times, drawn, "right").astype(np.float64)))
    if len(drawn) == len(times):
        counts = np.arange(len(times) + 1, dtype=np.float64)
    return Line(name, at_s, counts, css=f"line-{name}", steps=True)


def _peak(gap: _Gap) -> str:
    if gap.peak <= 0:
        return ""
    if gap.closed_s is None:
        return f"largest gap {gap.peak:,}, never closed"
    end = f"down to {gap.left:,} or less" if gap.left > 0 else "closed"
    return f"largest gap {gap.peak:,}, {end} after {seconds(gap.closed_s - gap.peak_s)} s"
