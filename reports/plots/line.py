"""The visitors' line: what it was said to be, and what was measured of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.core.text import figure
from reports.plots.drawing import svg
from reports.plots.drawing.picture import LEFT, WIDTH, Picture, no_data

TITLE = "The line: nominal and measured"
ROW_HEIGHT = 34.0
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
_BAND_FROM, _BAND_TO = 260.0, 560.0
_BEYOND = 46.0
_WORDS_AT = 640.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One quantity: what it should be, between what it may lie (``high`` None: no upper bound), and
    its values ``before`` and ``after`` the visit, NaN where it could not be measured."""

    what: str
    nominal: float
    low: float
    high: float | None
    before: float | None
    after: float | None

    @property
    def values(self) -> list[tuple[str, float]]:
        """Return what was measured, by when."""
        found = (("before", self.before), ("after", self.after))
        return [(when, value) for when, value in found if value is not None]

    def is_within(self, value: float) -> bool:
        """Return whether a value is within the tolerance."""
        return self.low <= value <= (math.inf if self.high is None else self.high)


def nominal_and_measured(line: str, backend: str, measured: Sequence[Measured]) -> Picture:
    """Draw each quantity's tolerance as a band of one width, its values as dots on it.

    ``line`` says in words what the line should be, ``backend`` what made it so.
    """
    if not measured:
        return no_data(TITLE, "nobody measured the line")
    top = 30.0
    parts: list[Markup] = []
    for number, one in enumerate(measured):
        parts += _row(one, top + number * ROW_HEIGHT)
    off = sum(not one.is_within(value) for one in measured for _, value in one.values)
    count = sum(len(one.values) for one in measured)
    verdict = "all within tolerance" if not off else f"{off} of {count} outside their tolerance"
    description = f"{line}, made by {backend}. {count} measures before and after: {verdict}."
    height = top + len(measured) * ROW_HEIGHT + 6
    heads = [
        svg.text(_BAND_FROM, 14, "at least", "note"),
        svg.text(_BAND_TO, 14, "at most", "note", anchor="end"),
        svg.text(_WORDS_AT, 14, "nominal; before, after", "note"),
    ]
    return Picture(
        title=TITLE,
        description=description,
        svg=svg.document(WIDTH, height, TITLE, description, [*heads, *parts]),
        rows=_table(measured),
    )


def _row(one: Measured, y: float) -> list[Markup]:
    name, _ = _NAMES.get(one.what, (one.what, ""))
    middle = y + 12
    good = [_place(one, v) for _, v in one.values if one.is_within(v)]
    bad = [_place(one, v) for _, v in one.values if not one.is_within(v)]
    values = ", ".join(_amount(one.what, value) for _, value in one.values)
    return [
        svg.text(LEFT, y + 16, name, "label"),
        svg.band(_BAND_FROM, y + 5, _BAND_TO, y + 19, "gap-fill", _hover(one)),
        svg.line(_place(one, one.nominal), y + 2, _place(one, one.nominal), y + 22, "fault-edge"),
        svg.dots([(x, middle) for x in good], "peak-dot"),
        svg.crosses([(x, middle) for x in bad], "cross"),
        svg.text(
            _WORDS_AT,
            y + 16,
            f"{_amount(one.what, one.nominal)}; {values}",
            "label label-bad" if bad else "label",
        ),
    ]


def _place(one: Measured, value: float) -> float:
    """Return where a value lies: its tolerance is the band, what is far outside lies at an edge."""
    if math.isnan(value):
        return _BAND_FROM - _BEYOND
    high = one.high if one.high is not None else 2 * one.nominal - one.low
    room = high - one.low
    share = (
        (value - one.low) / room
        if room
        else 0.5 + math.copysign(1, value - one.low) * (value != one.low)
    )
    x = _BAND_FROM + share * (_BAND_TO - _BAND_FROM)
    return min(_BAND_TO + _BEYOND, max(_BAND_FROM - _BEYOND, x))


def _amount(what: str, value: float) -> str:
    _, unit = _NAMES.get(what, (what, ""))
    if math.isnan(value):
        return "not measured"
    if what.startswith("loss"):
        return f"{100 * value:.1f} %"
    return f"{figure(round(value, 1))} {unit}".strip()


def _hover(one: Measured) -> str:
    high = "any" if one.high is None else _amount(one.what, one.high)
    return f"{_amount(one.what, one.low)} to {high}"


def _table(measured: Sequence[Measured]) -> tuple[tuple[str, ...], ...]:
    rows: list[tuple[str, ...]] = [("what", "nominal", "at least", "at most", "before", "after")]
    for one in measured:
        name, _ = _NAMES.get(one.what, (one.what, ""))
        told = [
            "" if value is None else _amount(one.what, value)
            for value in (one.nominal, one.low, one.high, one.before, one.after)
        ]
        rows.append((name, *told))
    return tuple(rows)
