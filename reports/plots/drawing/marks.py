"""Small marks of pictures, each a path of many: what was sent, over what, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from reports.plots.drawing.svg import Point, element, number

SHAPES = ("circle", "square", "triangle", "diamond")


def shapes(points: Iterable[Point], shape: str, css: str, *, size: float) -> Markup:
    """Return marks of one shape (one of ``SHAPES``) and one height, centred on the points."""
    r = size / 2
    return element("path", d="".join(_outline(x, y, r, shape) for x, y in points), class_=css)


def strokes(lines: Iterable[tuple[float, float, float, float]], css: str) -> Markup:
    """Return straight lines (x1, y1, x2, y2) of one class as one path."""
    d = "".join(f"M{number(a)} {number(b)}L{number(c)} {number(d)}" for a, b, c, d in lines)
    return element("path", d=d, class_=css)


def bunched(places: Sequence[float], apart: float) -> list[tuple[float, int]]:
    """Return marks that would touch as one each, at the first one's place, and how many it is."""
    found: list[tuple[float, int]] = []
    for x in sorted(places):
        if found and x - found[-1][0] < apart:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((x, 1))
    return found


def _outline(x: float, y: float, r: float, shape: str) -> str:
    if shape == "circle":
        n, w = number(r), number(2 * r)
        return f"M{number(x - r)} {number(y)}a{n} {n} 0 1 0 {w} 0a{n} {n} 0 1 0-{w} 0z"
    corners = {
        "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        "triangle": ((-1.1, 0.9), (0.0, -1.1), (1.1, 0.9)),
        "diamond": ((-1.2, 0.0), (0.0, -1.2), (1.2, 0.0), (0.0, 1.2)),
    }[shape]
    words = [f"{number(x + r * dx)} {number(y + r * dy)}" for dx, dy in corners]
    return f"M{'L'.join(words)}z"
