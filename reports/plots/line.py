"""The visitors' line: what it should be, and what was measured of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reports.core.text import figure
from reports.evidence.faults import Measured
from reports.plots.drawing.marks import Bars, Mark, Points, Words
from reports.plots.drawing.panels import Panel, draw
from reports.plots.drawing.picture import Picture, no_data
from reports.plots.drawing.svg import Scale

TITLE = "The line: nominal and measured"
_ROW_HEIGHT = 34.0
_NAMES = {
    "round_trip_ms": ("round trip", "ms"),
    "way_up_ms": ("way up", "ms"),
    "way_down_ms": ("way down", "ms"),
    "connect_ms": ("to connect", "ms"),
    "rate_up_kbps": ("rate up", "kbps"),
    "rate_down_kbps": ("rate down", "kbps"),
    "chunk_ms": ("a piece up, and its answer", "ms"),
    "loss_up": ("packets lost up", ""),
    "loss_down": ("packets lost down", ""),
}
_TOLERANCE = Scale(low=-0.2, high=1.2, start=200, end=620)
_OUTSIDE = 0.15
"""From the least (0) to the most (1) within tolerance, with room for values outside it."""


def nominal_and_measured(line: str, backend: str, measured: Sequence[Measured]) -> Picture:
    """Draw each quantity's tolerance as a band of one width, its values as dots on it.

    ``line`` says in words what the line should be, ``backend`` what made it so.
    """
    if not measured:
        return no_data(TITLE, "the line was not measured")
    off = sum(not one.is_within(value) for one in measured for value in one.values)
    count = sum(len(one.values) for one in measured)
    verdict = "all within tolerance" if not off else f"{off} of {count} outside their tolerance"
    panel = Panel(
        title="bands: from the least to the most within tolerance; beside them: nominal; before, "
        "after",
        lanes=[_name(one.what)[0] for one in measured],
        height=len(measured) * _ROW_HEIGHT,
        marks=[mark for row, one in enumerate(measured) for mark in _row(one, row + 0.5)],
    )
    description = f"{line}, made by {backend}. {count} measures before and after: {verdict}."
    return draw(TITLE, description, [panel], rows=_table(measured), x=_TOLERANCE, x_title="")


def _row(one: Measured, middle: float) -> list[Mark]:
    good = [_share(one, value) for value in one.values if one.is_within(value)]
    bad = [_share(one, value) for value in one.values if not one.is_within(value)]
    values = ", ".join(_amount(one.what, value) for value in one.values)
    low, high = (_amount(one.what, value) for value in (one.low, one.high))
    label = f"{_amount(one.what, one.nominal)}; {values}"
    band = [(0.0, middle - 0.2, 1.0, middle + 0.2)]
    nominal = [_share(one, one.nominal)]
    return [
        Bars(spans=band, css="gap-fill", hover=f"{low} to {high or 'any'}"),
        Points("", nominal, [middle], css="fault-edge", shape="tick", size=20),
        Points("", good, [middle] * len(good), css="peak-dot"),
        Points("", bad, [middle] * len(bad), css="cross", shape="cross"),
        Words(value=middle, label=label, css="label label-bad" if bad else "label"),
    ]


def _share(one: Measured, value: float) -> float:
    """Return where a value lies in its tolerance; what was not measured lies far below it."""
    high = one.high if one.high is not None else 2 * one.nominal - one.low
    if math.isnan(value):
        share = -math.inf
    elif high == one.low:
        share = 0.5 if value == high else math.copysign(math.inf, value - high)
    else:
        share = (value - one.low) / (high - one.low)
    return min(max(share, -_OUTSIDE), 1 + _OUTSIDE)


def _name(what: str) -> tuple[str, str]:
    return _NAMES.get(what, (what, ""))


def _amount(what: str, value: float | None) -> str:
    if value is None:
        return ""
    if math.isnan(value):
        return "not measured"
    if what.startswith("loss"):
        return f"{100 * value:.1f} %"
    return f"{figure(round(value, 1))} {_name(what)[1]}".strip()


def _table(measured: Sequence[Measured]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("what", "nominal", "at least", "at most", "before", "after")]
    for one in measured:
        values = (one.nominal, one.low, one.high, one.before, one.after)
        rows.append((_name(one.what)[0], *(_amount(one.what, value) for value in values)))
    return rows
