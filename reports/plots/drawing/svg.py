"""Inline SVG written in Python: scales, ticks, axes, bands, paths and marks.

Everything returns ``Markup``: text and attributes are escaped here, and nowhere else is SVG marked
safe. The same input gives the same bytes. Nothing carries an ``id`` (any number of pictures can
share a page), a ``style`` attribute or a colour: classes are coloured by the page's style sheet.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from reports.core.text import clean, figure
from reports.core.types import Floats

Point = tuple[float, float]

# Half a wide digit is a fair guess for a proportional face; it decides placement, never content.
_WIDTH_OF_A_LETTER = 0.55
_NICE = (1.0, 2.0, 5.0, 10.0)
_NICE_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where a value lies on the picture; values outside ``low``..``high`` lie on the edge."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"a scale needs low < high, both finite: {self.low}, {self.high}")
        if self.log and self.low <= 0:
            raise ValueError(f"a logarithmic scale starts above zero, not at {self.low}")

    def __call__(self, value: float) -> float:
        """Return the place of the value in pixels."""
        return float(self.places(np.float64(value)))

    def places(self, values: Floats | np.float64) -> Floats:
        """Return the places of many values; what is not a number stays so."""
        inside = np.clip(values, self.low, self.high)
        if self.log:
            share = np.log(inside / self.low) / math.log(self.high / self.low)
        else:
            share = (inside - self.low) / (self.high - self.low)
        places: Floats = self.start + share * (self.end - self.start)
        return places

    def ticks(self, at_most: int = 6) -> list[float]:
        """Return round values inside the scale, about ``at_most`` of them."""
        if self.log:
            return _log_ticks(self.low, self.high, at_most)
        return _ticks(self.low, self.high, _step(self.high - self.low, at_most))

    def time_ticks(self, at_most: int = 8) -> list[float]:
        """Return round seconds inside the scale: fractions, then minutes and hours that divide."""
        span = self.high - self.low
        steps = [s for s in _NICE_SECONDS if span / s <= at_most]
        step = _step(span, at_most)
        return _ticks(self.low, self.high, float(steps[0]) if step >= 1 and steps else step)


def _step(span: float, at_most: int) -> float:
    rough = span / max(at_most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next((n * power for n in _NICE if n * power >= rough), 10 * power)


def _ticks(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) + 0.0 for i in range(first, last + 1)]


def _log_ticks(low: float, high: float, at_most: int) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1, 2, 5), (1, 3), (1,)):
        found = [d * 10.0**k for k in decades for d in digits if low <= d * 10.0**k <= high]
        if len(found) <= at_most:
            return found
    every = math.ceil(len(found) / at_most)
    return found[::every]


def number(value: float) -> str:
    """Return a coordinate with at most one decimal; the pictures are drawn on a 960-pixel grid."""
    if not math.isfinite(value):
        raise ValueError(f"not a place on a picture: {value}")
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def element(tag: str, *children: str, **attributes: str | float | None) -> Markup:
    """Return one element; plain text in children is escaped, ``None`` attributes are left out.

    ``class_`` becomes ``class``, ``text_anchor`` becomes ``text-anchor``.
    """
    written = []
    for name, value in attributes.items():
        if value is None:
            continue
        text = value if isinstance(value, str) else number(value)
        written.append(f' {name.rstrip("_").replace("_", "-")}="{escape(clean(text))}"')
    opening = f"<{tag}{''.join(written)}"
    if not children:
        return Markup(opening + "/>")  # noqa: S704 - every part was escaped above
    inside = "".join(str(escape(c if isinstance(c, Markup) else clean(c))) for c in children)
    return Markup(f"{opening}>{inside}</{tag}>")  # noqa: S704 - every part was escaped above


def group(children: Iterable[Markup], css: str | None = None) -> Markup:
    """Return the children as one group."""
    return element("g", Markup("").join(children), class_=css)


def document(
    width: float, height: float, title: str, description: str, children: Iterable[Markup]
) -> Markup:
    """Return a whole picture: an image with a name and a description for those who cannot see."""
    return element(
        "svg",
        element("title", title),
        element("desc", description),
        Markup("").join(children),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        class_="picture",
    )


def text(x: float, y: float, content: str, css: str, *, anchor: str | None = None) -> Markup:
    """Return a line of text; ``anchor`` is ``middle`` or ``end`` where it does not start at x."""
    return element("text", content, x=x, y=y, class_=css, text_anchor=anchor)


def text_width(content: str, size_px: float) -> float:
    """Return roughly how wide the text will be, for placing it."""
    return len(content) * size_px * _WIDTH_OF_A_LETTER


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> Markup:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=css)


def band(x1: float, y1: float, x2: float, y2: float, css: str, hover: str = "") -> Markup:
    """Return a rectangle between two corners in any order, with a text shown on hovering."""
    inside = (element("title", hover),) if hover else ()
    return element(
        "rect",
        *inside,
        x=min(x1, x2),
        y=min(y1, y2),
        width=abs(x2 - x1),
        height=abs(y2 - y1),
        class_=css,
    )


def step_corners(points: Sequence[Point]) -> list[Point]:
    """Return the corners of a line that keeps each y until the next x."""
    corners: list[Point] = []
    for x, y in points:
        if corners and corners[-1][1] != y:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    return corners


def thin_places(xs: Floats, ys: Floats, *, pixel: float = 1.0) -> list[Point]:
    """Return at most four points per pixel column: first, lowest, highest and last, in order.

    The line looks the same: no peak and no end value is dropped.
    """
    if not len(xs):
        return []
    column = np.floor(xs / pixel)
    first = np.flatnonzero(np.concatenate(([True], column[1:] != column[:-1])))
    last = np.concatenate((first[1:], [len(xs)])) - 1
    group = np.repeat(np.arange(len(first)), last - first + 1)
    kept = [first, last]
    for extreme in (np.minimum.reduceat(ys, first), np.maximum.reduceat(ys, first)):
        reached = np.flatnonzero(ys == extreme[group])
        kept.append(reached[np.unique(group[reached], return_index=True)[1]])
    chosen = np.unique(np.concatenate(kept))
    return [(float(x), float(y)) for x, y in zip(xs[chosen], ys[chosen], strict=True)]


def path_through(points: Sequence[Point], css: str, *, closed: bool = False) -> Markup:
    """Return a line through the points; level and upright pieces are written short."""
    words: list[str] = []
    before = ("", "")
    for x, y in points:
        here = (number(x), number(y))
        if not words:
            words.append(f"M{here[0]} {here[1]}")
        elif here != before:
            if here[1] == before[1]:
                words.append(f"H{here[0]}")
            elif here[0] == before[0]:
                words.append(f"V{here[1]}")
            else:
                words.append(f"L{here[0]} {here[1]}")
        before = here
    return element("path", d="".join(words) + ("Z" if closed else ""), class_=css)


SHAPES = ("dot", "cross", "tick", "chevron", "circle", "square", "triangle", "diamond")
"""A dot's diameter is the style's stroke-width, whatever its size."""
_CORNERS = {
    "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "triangle": ((-1.1, 0.9), (0.0, -1.1), (1.1, 0.9)),
    "diamond": ((-1.2, 0.0), (0.0, -1.2), (1.2, 0.0), (0.0, 1.2)),
}


def shapes(points: Iterable[Point], shape: str, css: str, *, size: float = 7.0) -> Markup:
    """Return marks of one height, centred on the points (a chevron ends there), as one path.

    ``shape`` is one of ``SHAPES``, or several over one another: ``circle cross``.
    """
    d = "".join(_outline(x, y, size / 2, name) for x, y in points for name in shape.split())
    return element("path", d=d, class_=css)


def _outline(x: float, y: float, r: float, shape: str) -> str:
    if shape in _CORNERS:
        words = [f"{number(x + r * dx)} {number(y + r * dy)}" for dx, dy in _CORNERS[shape]]
        return f"M{'L'.join(words)}z"
    n, size = number(r), number(2 * r)
    start, relative = {
        "dot": ((x, y), "h0"),
        "cross": ((x - r, y - r), f"l{size} {size}m-{size} 0l{size}-{size}"),
        "tick": ((x, y - r), f"v{size}"),
        "chevron": ((x - r, y - r), f"l{n} {n}l-{n} {n}"),
        "circle": ((x - r, y), f"a{n} {n} 0 1 0 {size} 0a{n} {n} 0 1 0-{size} 0z"),
    }[shape]
    return f"M{number(start[0])} {number(start[1])}{relative}"


def apart(points: Iterable[Point], size: float) -> list[Point]:
    """Return the points without those that lie less than ``size`` pixels behind another."""
    kept: dict[int, list[Point]] = {}
    for x, y in sorted(points):
        row = kept.setdefault(round(y / size), [])
        if not row or x - row[-1][0] >= size:
            row.append((x, y))
    return [point for row in kept.values() for point in row]


def strokes(lines: Iterable[tuple[float, float, float, float]], css: str) -> Markup:
    """Return straight lines (x1, y1, x2, y2) of one class as one path."""
    d = "".join(f"M{number(a)} {number(b)}L{number(c)} {number(d)}" for a, b, c, d in lines)
    return element("path", d=d, class_=css)


def boxes(
    rectangles: Iterable[tuple[float, float, float, float]], css: str, hover: str = ""
) -> Markup:
    """Return rectangles (x, y, width, height) of one class as one path, with a text on hovering."""
    d = "".join(
        f"M{number(x)} {number(y)}h{number(w)}v{number(h)}h{number(-w)}z"
        for x, y, w, h in rectangles
    )
    return element("path", *([element("title", hover)] * bool(hover)), d=d, class_=css)


def axis_left(scale: Scale, *, x: float, to_x: float, title: str) -> Markup:
    """Return level grid lines with their figures, and the axis' title above its top."""
    parts = [text(0, min(scale.start, scale.end) - 9, title, "axis-title")]
    for tick in scale.ticks(2 + int(abs(scale.end - scale.start) / 50)):
        y = scale(tick)
        parts.append(line(x, y, to_x, y, "grid zero" if tick == 0 else "grid"))
        parts.append(text(x - 8, y + 4, figure(tick), "tick", anchor="end"))
    return group(parts, "axis")


def time_axis(scale: Scale, *, y: float, title: str = "since the run's start") -> Markup:
    """Return the time axis below the picture, in seconds, or min:s where the run is long."""
    long = scale.high - scale.low > 300
    unit = "min:s" if long else "seconds"
    ticks = [
        (tick, f"{int(tick) // 60}:{int(tick) % 60:02d}" if long else figure(tick))
        for tick in scale.time_ticks()
    ]
    return axis_below(scale, ticks, y=y, title=f"{unit} {title}")


def axis_below(scale: Scale, ticks: Sequence[tuple[float, str]], *, y: float, title: str) -> Markup:
    """Return an axis below the picture with these ticks (value and words) and its title."""
    parts = [line(scale.start, y, scale.end, y, "axis-line")]
    for tick, words in ticks:
        x = scale(tick)
        parts.append(line(x, y, x, y + 5, "axis-line"))
        parts.append(text(x, y + 19, words, "tick", anchor="middle"))
    parts.append(text(scale.end, y + 37, title, "axis-title", anchor="end"))
    return group(parts, "axis")


def spread(places: Sequence[float], *, apart: float, low: float, high: float) -> list[float]:
    """Return the places moved as little as needed to lie ``apart``, in their order, inside."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    floor = low
    for i in order:
        moved[i] = max(moved[i], floor)
        floor = moved[i] + apart
    ceiling = high
    for i in reversed(order):
        moved[i] = min(moved[i], ceiling)
        ceiling = moved[i] - apart
    return moved
