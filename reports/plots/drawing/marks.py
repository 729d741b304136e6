"""The marks of a panel: lines, bands, points, density, bars, strokes, limits, moments and words.

A mark is data in the panel's own coordinates: seconds, and values of its axis or its lanes. It
knows what it draws, what its axes must hold, what stands beside it at the right edge (``labels``),
in the legend (``key``) and in the table (``name``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from itertools import pairwise

import numpy as np
from markupsafe import Markup

from reports.core.text import figure
from reports.core.types import Flags, Floats, Ints
from reports.plots.drawing import svg
from reports.plots.drawing.picture import LEFT, RIGHT, WIDTH
from reports.plots.drawing.svg import Point, Scale

Numbers = Sequence[float] | Floats | Ints
Span = tuple[float, float, float, float]
Label = tuple[float, str, str]
"""Words at the right edge: the value beside which they stand, the words, and their class."""

_THINNEST = 0.6
_CELL = 6.0
_SHADES = 5


@dataclass(frozen=True, slots=True)
class Mark:
    """What marks share: where they are, their class in the style sheet, and words about them.

    Where a value is not finite there is nothing to draw. ``name`` is a column of the table and
    ``key`` an entry of the legend; empty: there is none.
    """

    name: str = ""
    at_s: Numbers = ()
    values: Numbers = ()
    _: KW_ONLY
    css: str = ""
    label: str | None = None
    key: str = ""

    def reach(self) -> tuple[Floats, Floats]:
        """Return the seconds and values that the axes must hold."""
        at_s, values = np.asarray(self.at_s, float), np.asarray(self.values, float)
        finite = np.isfinite(values)
        return (at_s, values) if finite.all() else (at_s[finite], values[finite])

    def draw(self, x: Scale, y: Scale) -> list[Markup]:
        """Return its drawing between these scales."""
        return []

    def labels(self) -> list[Label]:
        """Return the words beside it at the right edge."""
        _, values = self.reach()
        if not self.label or not len(values):
            return []
        return [(float(values[-1]), self.label, f"label {self.css}-label")]

    def cells(self, ticks_s: Floats) -> list[str]:
        """Return the cells of its column: how many there are since the moment before."""
        before = np.searchsorted(np.sort(np.asarray(self.at_s, float)), ticks_s, side="right")
        return [f"{n:,}" for n in np.diff(before, prepend=0)]

    def sample(self) -> Mark:
        """Return the mark that stands in the legend, in a square of one second and one unit."""
        return replace(self, at_s=(0.5,), values=(0.5,))

    def entry(self, x: Scale, y: Scale) -> str:
        """Return its entry of the legend; empty where nothing of it was drawn."""
        return self.key if len(self.reach()[1]) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Mark):
    """A line through its points, ``at_s`` in order, broken where a value is not finite.

    With ``steps`` each value holds until the next moment, the last one to the right edge. ``label``
    None: the name and the last value. ``highest`` are words at its highest point.
    """

    css: str = "line-p50"
    steps: bool = False
    halo: bool = False
    highest: str = ""
    infinite: str = "∞"

    def draw(self, x: Scale, y: Scale) -> list[Markup]:
        parts: list[Markup] = []
        for places in self.pieces(x, y):
            if len(places) == 1:
                parts.append(svg.shapes(places, "dot", "dot-slow"))
                continue
            parts += [svg.path_through(places, "line-under")] * self.halo
            parts.append(svg.path_through(places, self.css))
        return parts + (self._peak(x, y) if self.highest else [])

    def pieces(self, x: Scale, y: Scale) -> Iterator[list[Point]]:
        """Yield the places of each unbroken piece, no more than can be seen."""
        at_s, values = np.asarray(self.at_s, float), np.asarray(self.values, float)
        for piece in _runs(np.isfinite(values)):
            if not math.isfinite(values[piece.start]):
                continue
            places = svg.thin_places(x.places(at_s[piece]), y.places(values[piece]))
            if self.steps:
                end = x(float(at_s[piece.stop])) if piece.stop < len(at_s) else x.end
                places = svg.step_corners([*places, (end, places[-1][1])])
            yield places

    def labels(self) -> list[Label]:
        _, values = self.reach()
        if not len(values) or self.label == "":
            return []
        words = self.label or f"{self.name} {figure(round(float(values[-1]), 1))}"
        return [(float(values[-1]), words, f"label {self.css}-label")]

    @property
    def peak_s(self) -> float:
        """Return when it is highest for the first time."""
        at_s, values = self.reach()
        return float(at_s[np.argmax(values)])

    def cells(self, ticks_s: Floats) -> list[str]:
        places = np.searchsorted(np.asarray(self.at_s, float), ticks_s + 1e-9, side="right") - 1
        cells = [self._cell(float(self.values[n])) if n >= 0 else "" for n in places]
        if self.highest:
            cells[int(np.searchsorted(ticks_s, self.peak_s))] += " (largest)"
        return cells

    def _cell(self, value: float) -> str:
        if math.isinf(value):
            return self.infinite
        return "" if math.isnan(value) else figure(round(value, 1))

    def _peak(self, x: Scale, y: Scale) -> list[Markup]:
        place, height = x(self.peak_s), y(float(self.reach()[1].max()))
        # On the side with more room: most peaks stand at the end of a fault, late in the run.
        anchor, aside = ("end", 5) if place - LEFT > RIGHT - place else (None, -5)
        words = svg.text(place + aside, height - 10, self.highest, "label halo", anchor=anchor)
        return [svg.shapes([(place, height)], "dot", "peak-dot"), words]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band(Mark):
    """The area between two lines, or between a line and zero."""

    css: str = "gap-fill"
    upper: Line
    lower: Line | None = None

    def draw(self, x: Scale, y: Scale) -> list[Markup]:
        parts = []
        below = self.lower.pieces(x, y) if self.lower else iter(())
        for places in self.upper.pieces(x, y):
            zero = [(places[0][0], y(0)), (places[-1][0], y(0))]
            around = [*places, *reversed(next(below, zero))]
            parts.append(svg.path_through(around, self.css, closed=True))
        return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Points(Mark):
    """A shape (of ``svg.SHAPES``) at each point; ``size`` is its height in pixels.

    Those less than ``apart`` pixels from another are drawn as one with it.
    """

    shape: str = "dot"
    size: float = 7.0
    apart: float = 0.0

    def draw(self, x: Scale, y: Scale) -> list[Markup]:
        at_s, values = self.reach()
        xs, ys = x.places(at_s).tolist(), y.places(values).tolist()
        places = list(zip(xs, ys, strict=True))
        if self.apart:
            places = svg.apart(places, self.apart)
        return [svg.shapes(places, self.shape, self.css, size=self.size)] if places else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Density(Mark):
    """A crowd of points as squares, stronger where there are more: five shades of ``css``."""

    def draw(self, x: Scale, y: Scale) -> list[Markup]:
        counts, top = self._counts(x, y), min(y.start, y.end)
        # Shades follow the logarithm: a single slow request stays visible beside thousands of fast.
        most = math.log(counts.max(initial=0) + 1) or 1.0
        share = np.log(np.maximum(counts, 1)) / most
        shades = np.where(counts > 0, 1 + np.floor((_SHADES - 1e-9) * share), 0).astype(int)
        found: dict[int, list[tuple[float, float, float, float]]] = {}
        for number, row in enumerate(shades):
            for run in _runs(row):
                width = (run.stop - run.start) * _CELL
                box = (x.start + run.start * _CELL, top + number * _CELL, width, _CELL)
                found.setdefault(int(row[run.start]), []).append(box)
        return [svg.boxes(found[s], f"{self.css} {self.css}-{s}") for s in sorted(found) if s]

    def sample(self) -> Mark:
        at_s = (*[0.1], *[0.4] * 3, *[0.7] * 9)
        return replace(self, at_s=at_s, values=(0.5,) * len(at_s))

    def entry(self, x: Scale, y: Scale) -> str:
        most = int(self._counts(x, y).max(initial=0))
        return f"{self.key}: stronger is more, 1 to {most:,} a square" if most else ""

    def _counts(self, x: Scale, y: Scale) -> Ints:
        at_s, values = self.reach()
        high = math.ceil(abs(y.start - y.end) / _CELL)
        wide = math.ceil((x.end - x.start) / _CELL)
        rows = ((y.places(values) - min(y.start, y.end)) / _CELL).astype(int).clip(0, high - 1)
        columns = ((x.places(at_s) - x.start) / _CELL).astype(int).clip(0, wide - 1)
        return np.bincount(rows * wide + columns, minlength=high * wide).reshape(high, wide)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strokes(Mark):
    """Straight lines from one point to another: seconds and value of the one, then of the other."""

    spans: Sequence[Span]

    def reach(self) -> tuple[Floats, Floats]:
        ends = np.array(self.spans, float).reshape(-1, 2)
        return ends[:, 0], ends[:, 1]

    def draw(self, x: Scale, y: Scale) -> list[Markup]:
        return [svg.strokes(self._places(x, y), self.css)] if self.spans else []

    def sample(self) -> Mark:
        _, low, _, high = self.spans[0]
        half = abs(high - low) / 2
        return replace(self, spans=[(0.0, 0.5 - half, 1.0, 0.5 + half)])

    def _places(self, x: Scale, y: Scale) -> list[Span]:
        return [(x(a), y(b), x(c), y(d)) for a, b, c, d in self.spans]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars(Strokes):
    """Boxes between two corners each."""

    hover: str = ""

    def draw(self, x: Scale, y: Scale) -> list[Markup]:
        boxes = [
            (left, min(top, bottom), max(right - left, _THINNEST), abs(bottom - top))
            for left, top, right, bottom in self._places(x, y)
        ]
        return [svg.boxes(boxes, self.css, self.hover)] if boxes else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(Mark):
    """Words of the class ``css`` at the right edge, beside a value."""

    value: float

    def reach(self) -> tuple[Floats, Floats]:
        return np.empty(0), np.array([self.value])

    def labels(self) -> list[Label]:
        return [(self.value, self.label, self.css)] if self.label else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Words):
    """A level line across the panel, such as a limit."""

    def draw(self, x: Scale, y: Scale) -> list[Markup]:
        return [svg.line(x.start, y(self.value), x.end, y(self.value), self.css)]

    def labels(self) -> list[Label]:
        return [(self.value, self.label, f"label {self.css}-label")] if self.label else []


def _runs(values: Flags | Ints) -> Iterator[slice]:
    """Yield the stretches of equal neighbours."""
    edges = [0, *(np.flatnonzero(values[1:] != values[:-1]) + 1).tolist(), len(values)]
    return (slice(start, stop) for start, stop in pairwise(edges) if start < stop)


def limit(name: str, value: float | None, unit: str = "") -> list[Rule]:
    """Return a limit as a dashed line with its name and figure; nothing without a limit."""
    if value is None:
        return []
    return [Rule(value=value, css="target", label=f"{name} {figure(value)} {unit}".strip())]


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened at once: words, of a class, before or behind its line."""

    at_s: float
    words: str
    css: str
    words_before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments(Mark):
    """Lines through the whole panel, each with its words above where there is room for them."""

    moments: Sequence[Moment]

    def draw(self, x: Scale, y: Scale) -> list[Markup]:
        drawn: list[Markup] = []
        top, bottom = min(y.start, y.end), max(y.start, y.end)
        taken = 0.0
        for one in self.moments:
            place, width = x(one.at_s), svg.text_width(one.words, 12)
            drawn.append(svg.line(place, top - 4, place, bottom, one.css))
            start = place - 4 - width if one.words_before else min(place + 4, WIDTH - width)
            if start >= taken:
                taken = start + width
                drawn.append(svg.text(start, top - 8, one.words, f"{one.css}-label"))
        return drawn
