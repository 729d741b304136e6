"""Figures against a baseline: does a value lie where the next of these nights would?

The interval is Student's prediction interval, so that it holds what nights differ by; one run's own
interval cannot (the same commit was 12 % slower in one run and 1 % in the next, php-judy #104).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from reports.compare.record import FigureCompared, FigureReading
from reports.core.text import count
from reports.core.types import Floats
from reports.history.figures import FOLLOWED, chosen, way_of
from reports.history.nights import Cells, values_of
from reports.statistics.history.changes import MARGIN, changes
from reports.statistics.history.surprise import BEFORE_MIN, Surprise, predicted
from reports.statistics.paired.holm import holm

ALPHA = 0.05
_LEVEL = 0.95


def baseline_figures(baseline: Cells, new: Cells, *, not_comparable: str) -> list[FigureCompared]:
    """Return the latencies and costs of the cells that both have, worse ones first.

    All figures together share one error (Holm). ``not_comparable`` says why none can be compared,
    empty where they can.
    """
    found: dict[str, tuple[tuple[str, str], str, Floats, float, Surprise | None]] = {}
    for key, own in new.items():
        nights = baseline.get(key)
        if nights is None:
            continue
        figures = sorted({name for cells in own for cell in cells for name in cell.figures})
        for figure in chosen(figures, FOLLOWED):
            [value] = values_of(own, figure)
            before = values_of(nights, figure)
            before = before[np.isfinite(before)]
            if math.isfinite(value) and len(before):
                one = _predicted(before, float(value)) if not not_comparable else None
                found[f"{len(found)}"] = key, figure, before, float(value), one
    adjusted = holm({name: one.p for name, (*_, one) in found.items() if one is not None})
    rows = [_row(entry, adjusted.get(name), not_comparable) for name, entry in found.items()]
    order = ("worse", "better", "higher", "lower", "within", "none")
    return sorted(rows, key=lambda one: order.index(one.reading))


def drift_of_canary(before: Sequence[float], now: Sequence[float]) -> str:
    """Return a sentence if the canary of a suite lies outside those of the baseline."""
    if not now or len(before) < BEFORE_MIN:
        return ""
    found = predicted(np.log(np.array(before)), np.log(np.array([float(np.median(now))])))
    if found is None or found.p > ALPHA / 5 or abs(found.difference) < MARGIN:
        return ""
    percent = abs(100 * math.expm1(found.difference))
    word = "longer" if found.difference > 0 else "less long"
    return (
        f"the canary takes {percent:.1f} % {word} than in the baseline: the machine differs, and "
        "figures may for that reason"
    )


def _predicted(before: Floats, value: float) -> Surprise | None:
    if value <= 0 or (before <= 0).any():
        return None
    return predicted(_level(np.log(before)), np.array([math.log(value)]))


def _level(logs: Floats) -> Floats:
    """Return the values since the level last changed."""
    found = changes(logs)
    return logs[found[-1].at :] if found else logs


def _row(
    entry: tuple[tuple[str, str], str, Floats, float, Surprise | None],
    p: float | None,
    not_comparable: str,
) -> FigureCompared:
    (scenario, arm), figure, before, value, one = entry
    reading: FigureReading = "none"
    note = not_comparable
    if one is None:
        note = note or f"{count(len(before), 'suite')}: a prediction needs {BEFORE_MIN}"
    else:
        is_news = p is not None and p <= ALPHA and abs(one.difference) >= MARGIN
        way = way_of(figure, one.difference)
        side: FigureReading = "higher" if one.difference > 0 else "lower"
        reading = "within" if not is_news else side if way == "changed" else way
    percent = _percents(one) if one is not None else (None, None, None)
    return FigureCompared(
        scenario=scenario,
        arm=arm,
        seeds="all",
        figure=figure,
        reading=reading,
        a=float(np.median(before)),
        b=value,
        a_interval=(float(before.min()), float(before.max())),
        units=len(before),
        difference_percent=percent[0],
        low_percent=percent[1],
        high_percent=percent[2],
        level=_LEVEL if one is not None else None,
        note=note,
    )


def _percents(one: Surprise) -> tuple[float | None, float | None, float | None]:
    difference, low, high = (
        100 * math.expm1(min(value, 50.0)) for value in (one.difference, one.low, one.high)
    )
    return difference, low, high
