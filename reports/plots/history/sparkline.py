"""A series of nights as a picture of a word's height: its line, its level, its changes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from reports.core.types import Floats
from reports.plots.drawing import svg
from reports.plots.drawing.svg import Scale

SPARK_WIDTH, SPARK_HEIGHT = 200.0, 34.0
_EDGE = 4.0
_MAD_OF_NORMAL = 0.6745


def sparkline(
    values: Sequence[float | None],
    description: str,
    *,
    changes: Sequence[int] = (),
    boundaries: Sequence[int] = (),
    newest_css: str = "spark-last",
) -> Markup:
    """Return the picture of a series, night by night; a night without a value breaks the line.

    ``changes`` are nights with which a new level begins, ``boundaries`` those with which another
    environment does. A band shows what the last level's nights deviate by (four fifths of them).
    """
    series = np.array([math.nan if v is None else v for v in values], dtype=np.float64)
    known = np.flatnonzero(np.isfinite(series))
    if not len(known):
        parts = [svg.text(_EDGE, SPARK_HEIGHT / 2 + 4, "no data", "note")]
        return svg.document(SPARK_WIDTH, SPARK_HEIGHT, "no data", description, parts)
    low, high = float(series[known].min()), float(series[known].max())
    room = max(0.08 * (high - low), 0.02 * abs(high), 1e-9)
    x = Scale(low=-0.5, high=max(len(series) - 0.5, 0.5), start=_EDGE, end=SPARK_WIDTH - _EDGE)
    y = Scale(low=low - room, high=high + room, start=SPARK_HEIGHT - _EDGE, end=_EDGE)
    parts = _band(series, x, y, max((*changes, *boundaries, 0)))
    upright = [(x(n - 0.5), _EDGE / 2, x(n - 0.5), SPARK_HEIGHT - _EDGE / 2) for n in boundaries]
    parts += [svg.strokes(upright, "spark-boundary")] * bool(upright)
    upright = [(x(n - 0.5), _EDGE / 2, x(n - 0.5), SPARK_HEIGHT - _EDGE / 2) for n in changes]
    parts += [svg.strokes(upright, "spark-change")] * bool(upright)
    parts += _line(series, x, y)
    last = int(known[-1])
    parts.append(svg.shapes([(x(last), y(float(series[last])))], "dot", newest_css))
    return svg.document(SPARK_WIDTH, SPARK_HEIGHT, description, description, parts)


def _line(series: Floats, x: Scale, y: Scale) -> list[Markup]:
    parts: list[Markup] = []
    piece: list[tuple[float, float]] = []
    for number, value in enumerate([*series.tolist(), math.nan]):
        if math.isfinite(value):
            piece.append((x(number), y(value)))
            continue
        if len(piece) > 1:
            parts.append(svg.path_through(piece, "spark-line"))
        elif piece:
            parts.append(svg.shapes(piece, "dot", "spark-point"))
        piece = []
    return parts


def _band(series: Floats, x: Scale, y: Scale, since: int) -> list[Markup]:
    own = series[since:][np.isfinite(series[since:])]
    if len(own) < 3:
        return []
    middle = float(np.median(own))
    reach = 1.28 * float(np.median(np.abs(own - middle))) / _MAD_OF_NORMAL
    return [svg.band(x(since - 0.5), y(middle - reach), x.end, y(middle + reach), "spark-band")]
