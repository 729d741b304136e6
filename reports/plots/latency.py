"""Every request's response time against the time it was scheduled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from reports.core.text import count, figure
from reports.core.types import Flags, Floats
from reports.evidence.faults import FaultSpan
from reports.plots.drawing import svg
from reports.plots.drawing.picture import (
    LEFT,
    RIGHT,
    WIDTH,
    Picture,
    fault_lanes,
    fault_sentence,
    lanes_height,
    no_data,
    seconds,
    time_scale,
)

TITLE = "Response time of every request"
MOST_DOTS = 4000
MOST_CROSSES = 600
SLOWEST_DRAWN = 10
FEW = 100  # so few that a small dot would be overlooked
# Below this a "p95" would be the slowest request under another name.
ENOUGH_FOR_P95 = 20
_LEAST_MS = 0.001
_PANEL_HEIGHT = 270.0
_COLUMNS, _ROWS = 128, 45
_SHADES = 5
_WIDTHS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200)


@dataclass(frozen=True, slots=True)
class _Requests:
    """Requests in time's order; ``answered`` have a finite response time."""

    at_s: Floats
    ms: Floats
    ok: Flags

    @property
    def answered(self) -> Flags:
        return np.isfinite(self.ms)

    @property
    def good(self) -> Flags:
        return self.ok & self.answered


@dataclass(frozen=True, slots=True)
class _Bin:
    start_s: float
    end_s: float
    n: int
    bad: int
    p50: float
    p95: float
    slowest: float


def latency_over_time(
    at_s: Sequence[float] | Floats,
    response_ms: Sequence[float] | Floats,
    ok: Sequence[bool] | Flags,
    *,
    target_ms: float | None,
    faults: Sequence[FaultSpan],
) -> Picture:
    """Draw every request as a dot, failures as crosses, p50 and p95 as lines, and the target.

    A response time that is not finite means "no answer" and is drawn in a lane of its own at the
    top. Many requests become a heat map, with a visible note; failures and the slowest requests
    are drawn by themselves all the same.
    """
    requests = _checked(at_s, response_ms, ok)
    if not len(requests.at_s):
        return no_data(TITLE, "no request was sent")
    time = time_scale([float(requests.at_s.max())], faults)
    bins = _bins(requests)
    silent = int((~requests.answered).sum())
    lanes = lanes_height(faults)
    top = lanes + 34 + (30 if silent else 0)
    bottom = top + _PANEL_HEIGHT
    scale = _scale(requests, target_ms, top, bottom)
    drawn, note = _marks(requests, time, scale)
    parts = [
        fault_lanes(faults, time, top=2, shade_to=((top, bottom),)),
        svg.axis_left(
            scale, x=LEFT, to_x=RIGHT, title=_axis_title(scale), at_most=7, css="axis response"
        ),
        *drawn,
        *_lines(bins, time, scale, target_ms),
        *_silent_lane(requests, time, lanes + 24),
        svg.time_axis(time, y=bottom),
        svg.text(LEFT, bottom + 58, note, "note"),
    ]
    description = _describe(requests, target_ms) + fault_sentence(faults)
    return Picture(
        title=TITLE,
        description=description,
        svg=svg.document(WIDTH, bottom + 66, TITLE, description, parts),
        rows=_table(bins),
    )


def _checked(
    at_s: Sequence[float] | Floats,
    response_ms: Sequence[float] | Floats,
    ok: Sequence[bool] | Flags,
) -> _Requests:
    if not len(at_s) == len(response_ms) == len(ok):
        raise ValueError(f"lengths differ: {len(at_s)}, {len(response_ms)}, {len(ok)}")
    times: Floats = np.asarray(at_s, dtype=np.float64)
    if not np.isfinite(times).all():
        raise ValueError("at_s must all be finite")
    order = np.argsort(times, kind="stable")
    ms: Floats = np.asarray(response_ms, dtype=np.float64)[order]
    # What never answered cannot have succeeded, whatever the caller's flag says.
    good: Flags = np.asarray(ok, dtype=np.bool_)[order] & np.isfinite(ms)
    return _Requests(times[order], ms, good)


def _scale(requests: _Requests, target_ms: float | None, top: float, bottom: float) -> svg.Scale:
    values = requests.ms[requests.answered]
    if target_ms is not None:
        values = np.append(values, target_ms)
    # Below a microsecond is no response time but a clock's grain: it lies on the edge.
    high = float(np.max(values, initial=_LEAST_MS * 10))
    low = float(np.min(values[values >= _LEAST_MS], initial=high))
    if high / low > 30:
        return svg.Scale(low=low / 1.15, high=high * 1.15, start=bottom, end=top, log=True)
    return svg.Scale(low=0.0, high=high * 1.08, start=bottom, end=top)


def _axis_title(scale: svg.Scale) -> str:
    kind = "logarithmic" if scale.log else "from zero"
    return f"response time in ms, {kind}"


def _bins(requests: _Requests) -> list[_Bin]:
    """Return bins of equal time: at most 60, wide enough for a p95 in the typical one."""
    last_s = max(float(requests.at_s.max()), 1e-3)
    per_second = max(float(requests.good.sum()) / last_s, 1e-9)
    wanted_s = max(1.5 * ENOUGH_FOR_P95 / per_second, last_s / 60)
    width = next((w for w in _WIDTHS_S if w >= wanted_s), wanted_s)
    width = min(float(width), last_s)
    number = math.ceil(last_s / width)
    # The last bin holds the last request too, the first what was sent before the start.
    index = np.clip(np.floor(requests.at_s / width), 0, number - 1)
    edges = np.searchsorted(index, np.arange(number + 1))  # requests are in time's order
    bins = []
    for i in range(number):
        inside = slice(edges[i], edges[i + 1])
        ms, ok = requests.ms[inside], requests.good[inside]
        good = ms[ok]
        n, enough = len(ms), len(good) >= ENOUGH_FOR_P95
        p50 = float(np.percentile(good, 50)) if enough else math.nan
        p95 = float(np.percentile(good, 95)) if enough else math.nan
        answered = ms[np.isfinite(ms)]
        bins.append(
            _Bin(
                start_s=i * width,
                end_s=min((i + 1) * width, last_s),
                n=n,
                bad=n - int(ok.sum()),
                p50=p50,
                p95=p95,
                slowest=float(answered.max()) if len(answered) else math.nan,
            )
        )
    return bins


def _marks(requests: _Requests, time: svg.Scale, scale: svg.Scale) -> tuple[list[Markup], str]:
    xs = time.places(requests.at_s)
    ys = scale.places(np.where(np.isfinite(requests.ms), requests.ms, math.nan))
    good, bad = requests.good, requests.answered & ~requests.ok
    total = len(requests.at_s)
    if total <= MOST_DOTS:
        size = "dot dot-few" if len(xs) <= FEW else "dot"
        marks = [svg.dots(zip(xs[good], ys[good], strict=True), size)]
        note = f"{count(total, 'request')}, each a dot"
    else:
        squares, most = _heat(xs[good], ys[good], time, scale)
        top = np.argsort(np.where(good, requests.ms, -math.inf))[::-1][:SLOWEST_DRAWN]
        top = top[good[top]]
        marks = [*squares, svg.dots(zip(xs[top], ys[top], strict=True), "dot dot-slow")]
        note = (
            f"{total:,} requests as a heat map: darker is more, 1 to {most:,} a square; "
            f"the {len(top)} slowest as dots"
        )
    if bad.any():
        places, thinned = _crosses(xs[bad], ys[bad])
        # Each cross has a pale edge, or it would drown in the dark squares of a heat map.
        marks += [svg.crosses(places, "cross-under"), svg.crosses(places, "cross")]
        note += "; ✗ failed" + (" (one ✗ where several would overlap)" if thinned else "")
    return marks, note


def _crosses(xs: Floats, ys: Floats) -> tuple[list[svg.Point], bool]:
    points = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
    if len(points) <= MOST_CROSSES:
        return points, False
    # One cross for each six-pixel square keeps every place where something failed.
    return list({(x // 6, y // 6): (x, y) for x, y in points}.values()), True


def _heat(xs: Floats, ys: Floats, time: svg.Scale, scale: svg.Scale) -> tuple[list[Markup], int]:
    """Return squares in five shades, neighbours of one shade joined, and the fullest count."""
    if not len(xs):
        return [], 0
    width = (time.end - time.start) / _COLUMNS
    height = (scale.start - scale.end) / _ROWS
    columns = np.clip(((xs - time.start) / width).astype(int), 0, _COLUMNS - 1)
    rows = np.clip(((ys - scale.end) / height).astype(int), 0, _ROWS - 1)
    counts = np.zeros((_ROWS, _COLUMNS), dtype=np.int64)
    np.add.at(counts, (rows, columns), 1)
    most = int(counts.max())
    # Shades follow the logarithm: a single slow request stays visible beside thousands of fast.
    shade = np.where(
        counts > 0,
        1 + np.floor((_SHADES - 1e-9) * np.log(np.maximum(counts, 1)) / math.log(most + 1)),
        0,
    ).astype(int)
    found: dict[int, list[tuple[float, float, float, float]]] = {}
    for row in range(_ROWS):
        column = 0
        while column < _COLUMNS:
            level, start = int(shade[row, column]), column
            while column < _COLUMNS and shade[row, column] == level:
                column += 1
            if level:
                x, y = time.start + start * width, scale.end + row * height
                found.setdefault(level, []).append((x, y, (column - start) * width, height))
    return [svg.boxes(found[s], f"heat heat-{s}") for s in sorted(found)], most


def _lines(
    bins: Sequence[_Bin], time: svg.Scale, scale: svg.Scale, target_ms: float | None
) -> list[Markup]:
    parts: list[Markup] = []
    labels: list[tuple[float, str, str]] = []
    if target_ms is not None:
        y = scale(target_ms)
        parts.append(svg.line(LEFT, y, RIGHT, y, "target"))
        labels.append((y, f"target {figure(target_ms)} ms", "label label-target"))
    for name in ("p50", "p95"):
        last: float | None = None
        for piece in _pieces([(b, float(getattr(b, name))) for b in bins]):
            corners = [p for b, v in piece for p in ((time(b.start_s), v), (time(b.end_s), v))]
            points = [(x, scale(v)) for x, v in corners]
            parts.append(svg.path_through(points, "line-under"))
            parts.append(svg.path_through(points, f"line-{name}"))
            last = piece[-1][1]
        if last is not None:
            labels.append((scale(last), f"{name} {figure(round(last, 1))} ms", "label"))
    places = svg.spread(
        [y + 4 for y, _, _ in labels], apart=16, low=scale.end + 6, high=scale.start + 4
    )
    for place, (_, label, css) in zip(places, labels, strict=True):
        parts.append(svg.text(RIGHT + 10, place, label, css))
    return parts


def _pieces(values: Sequence[tuple[_Bin, float]]) -> list[list[tuple[_Bin, float]]]:
    """Return the runs of bins that have a value: a line is broken where there is none."""
    pieces: list[list[tuple[_Bin, float]]] = [[]]
    for item in values:
        if math.isfinite(item[1]):
            pieces[-1].append(item)
        elif pieces[-1]:
            pieces.append([])
    return [p for p in pieces if p]


def _silent_lane(requests: _Requests, time: svg.Scale, y: float) -> list[Markup]:
    silent = requests.at_s[~requests.answered]
    if not len(silent):
        return []
    places, _ = _crosses(np.array([time(t) for t in silent]), np.full(len(silent), y))
    return [
        svg.line(LEFT, y, RIGHT, y, "grid"),
        svg.crosses(places, "cross"),
        svg.text(RIGHT + 10, y + 4, f"{len(silent):,} no answer", "label label-bad"),
    ]


def _describe(requests: _Requests, target_ms: float | None) -> str:
    total, bad = len(requests.at_s), int((~requests.ok).sum())
    silent = int((~requests.answered).sum())
    failed = f"{bad:,} of them failed" if bad else "none failed"
    if silent:
        failed += f" ({silent:,} without any answer)"
    sentence = f"{count(total, 'request')} in {seconds(float(requests.at_s.max()))} s; {failed}."
    good = requests.ms[requests.good]
    if not len(good):
        return f"{sentence} No request succeeded, so there is no response time to judge."
    slowest = float(good.max())
    sentence += (
        f" Of the {len(good):,} that succeeded, half took at most "
        f"{figure(round(float(np.percentile(good, 50)), 1))} ms"
    )
    if len(good) >= ENOUGH_FOR_P95:
        sentence += f" and 95 % at most {figure(round(float(np.percentile(good, 95)), 1))} ms"
    sentence += f"; the slowest took {figure(round(slowest, 1))} ms."
    if target_ms is not None:
        over = int((good > target_ms).sum())
        sentence += f" {over:,} took longer than the target of {figure(target_ms)} ms."
    return sentence


def _table(bins: Sequence[_Bin]) -> tuple[tuple[str, ...], ...]:
    def written(value: float) -> str:
        return figure(round(value, 1)) if math.isfinite(value) else "too few"

    rows: list[Any] = [("seconds", "requests", "failed", "p50 ms", "p95 ms", "slowest ms")]
    for b in bins:
        slowest = figure(round(b.slowest, 1)) if math.isfinite(b.slowest) else "none"
        rows.append(
            (
                f"{seconds(b.start_s)} to {seconds(b.end_s)}",
                f"{b.n:,}",
                f"{b.bad:,}",
                written(b.p50),
                written(b.p95),
                slowest,
            )
        )
    return tuple(rows)
