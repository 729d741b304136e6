"""What every picture shares: its size, its text, its table, and the picture of no data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from reports.core.text import figure
from reports.core.types import Floats
from reports.plots.drawing import svg

WIDTH = 960.0
LEFT = 64.0
RIGHT = WIDTH - 152.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawing, what it shows in words, and the same as a table (the first row is the header).

    ``svg`` comes from ``reports.plots.drawing.svg`` only: a page shows any other text as text.
    """

    title: str
    description: str
    svg: Markup
    rows: tuple[tuple[str, ...], ...]


def no_data(title: str, why: str) -> Picture:
    """Return a picture that says that, and why, there is nothing to draw."""
    height = 120.0
    middle = WIDTH / 2
    parts = [
        svg.band(1, 1, WIDTH - 1, height - 1, "no-data"),
        svg.text(middle, 56, "No data", "no-data-word", anchor="middle"),
        svg.text(middle, 80, why, "note", anchor="middle"),
    ]
    description = f"No data: {why}."
    return Picture(
        title=title,
        description=description,
        svg=svg.document(WIDTH, height, title, description, parts),
        rows=(("note",), (description,)),
    )


def seconds(value: float) -> str:
    """Return seconds with as many digits as a reader can use."""
    return figure(round(value, 2 if abs(value) < 10 else 1))


def checked_times(values: Sequence[float] | Floats, what: str) -> Floats:
    """Return the times in order; a time that is not a number is the caller's mistake."""
    times: Floats = np.asarray(values, dtype=np.float64)
    if not (times[1:] >= times[:-1]).all():  # a copy of what is in order would be for nothing
        times = np.sort(times)
    if not np.isfinite(times).all():
        raise ValueError(f"{what} must all be finite")
    return times
