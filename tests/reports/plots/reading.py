"""Read pictures back: their texts, their elements by class, their marks and the ends of lines."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

from hypothesis import strategies as st

from reports.evidence.faults import FaultSpan
from reports.plots.drawing.picture import Picture

times = st.lists(st.floats(0, 1e5), max_size=60)
spans = st.lists(
    st.builds(FaultSpan, st.text(max_size=9), st.floats(0, 1e5), st.none() | st.floats(0, 1e5)),
    max_size=14,
)


def read(picture: Picture) -> ElementTree.Element:
    """Return the drawing, which must be well-formed and say its title and description."""
    root = ElementTree.fromstring(picture.svg)
    assert root.findtext("{*}title") == picture.title
    assert root.findtext("{*}desc") == picture.description
    return root


def by_class(picture: Picture, css: str) -> list[ElementTree.Element]:
    return [e for e in read(picture).iter() if css in (e.get("class") or "").split()]


def labels(picture: Picture) -> list[str]:
    return [e.text or "" for e in read(picture).iter() if e.tag.endswith("}text")]


def dots_in(picture: Picture, css: str) -> int:
    return sum((e.get("d") or "").count("M") for e in by_class(picture, css))


def last_place(picture: Picture, css: str) -> tuple[float, float]:
    """Return where a step line ends."""
    d = by_class(picture, css)[0].get("d") or ""
    x = y = math.nan
    for command, rest in re.findall(r"([MHVL])([^MHVL]*)", d):
        figures = [float(v) for v in rest.split()]
        x = figures[0] if command != "V" else x
        y = figures[-1] if command != "H" else y
    return x, y


def height(picture: Picture) -> float:
    return float((read(picture).get("viewBox") or "").split()[3])
