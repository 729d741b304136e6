"""How long requests took: for every arm the share that was answered within a time."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from reports.core.text import count, figure
from reports.core.types import Floats
from reports.plots.drawing.marks import Line, Mark, Rule
from reports.plots.drawing.panels import Panel, draw
from reports.plots.drawing.picture import LEFT, RIGHT, Picture, no_data
from reports.plots.drawing.svg import Scale
from reports.plots.experiments.arms import points, short, style

TITLE = "How long requests took"
POINTS_MOST = 200
_SHORTEST_MS = 0.01
_MARKED = (0.5, 0.95, 0.99)


def ecdf(response_ms: Mapping[str, Floats]) -> Picture:
    """Draw each arm's response times, arms in their order; infinite: never answered."""
    known = {arm: _curve(ms) for arm, ms in response_ms.items() if np.isfinite(ms).any()}
    if not known:
        return no_data(TITLE, "no run of a load could be read")
    low = min(float(ms[0]) for ms, _ in known.values())
    high = max(float(ms[-1]) for ms, _ in known.values())
    x = Scale(low=0.9 * low, high=1.1 * high, start=LEFT, end=RIGHT, log=True)
    marks: list[Mark] = [Rule(value=95, css="target", label="95 %")]
    for number, arm in enumerate(response_ms):
        if arm in known:
            marks += _arm(number, arm, response_ms[arm], *known[arm])
    return draw(
        TITLE,
        _description(response_ms),
        [Panel(title="percent of the requests that took at most so long", height=280, marks=marks)],
        rows=_rows(response_ms),
        x=x,
        x_title="response time from the schedule in ms, logarithmic",
        x_ticks=[(tick, figure(tick)) for tick in x.ticks(9)],
        note="the marks are at 50, 95 and 99 %",
    )


def _curve(ms: Floats) -> tuple[Floats, Floats]:
    """Return at most ``POINTS_MOST`` points: times, and the percent that took at most so long."""
    ordered = np.sort(ms)
    ordered = np.maximum(ordered[np.isfinite(ordered)], _SHORTEST_MS)
    places = np.unique(np.linspace(0, len(ordered) - 1, POINTS_MOST).astype(int))
    return ordered[places], 100 * (places + 1) / len(ms)


def _arm(number: int, arm: str, ms: Floats, at: Floats, share: Floats) -> list[Mark]:
    line = Line("", at, share, css=f"arm-line {style(number)}", label="", steps=False)
    quantiles = np.array([_quantile(ms, q) for q in _MARKED])
    marked = np.isfinite(quantiles)
    shares = 100 * np.array(_MARKED)[marked]
    key = f"{short(arm)}: p95 {_ms(_quantile(ms, 0.95))}"
    at_marks = np.maximum(quantiles[marked], _SHORTEST_MS)
    return [line, points(number, at_marks, shares, key=key, size=9.0)]


def _quantile(ms: Floats, q: float) -> float:
    return float(np.quantile(ms, q, method="higher")) if len(ms) else math.nan


def _ms(value: float) -> str:
    return f"{figure(round(value, 1))} ms" if math.isfinite(value) else "never answered"


def _description(response_ms: Mapping[str, Floats]) -> str:
    parts = []
    for arm, ms in response_ms.items():
        if not len(ms):
            continue
        never = int((~np.isfinite(ms)).sum())
        parts.append(
            f"{short(arm)}: half within {_ms(_quantile(ms, 0.5))}, 95 % within "
            f"{_ms(_quantile(ms, 0.95))}" + (f", {never:,} never answered" if never else "")
        )
    total = sum(len(ms) for ms in response_ms.values())
    return f"{count(total, 'request')} of all blocks together. {'; '.join(parts)}."


def _rows(response_ms: Mapping[str, Floats]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("arm", "requests", "never answered", "p50", "p90", "p95", "p99", "slowest")
    ]
    for arm, ms in response_ms.items():
        quantiles = [_ms(_quantile(ms, q)) if len(ms) else "" for q in (0.5, 0.9, 0.95, 0.99, 1)]
        never = int((~np.isfinite(ms)).sum())
        rows.append((arm, f"{len(ms):,}", f"{never:,}", *quantiles))
    return rows
