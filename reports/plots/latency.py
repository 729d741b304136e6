"""Every request's response time against the time it was scheduled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from reports.core.text import count, figure
from reports.core.types import Flags, Floats, Ints
from reports.evidence.faults import FaultSpan
from reports.plots.drawing.marks import Density, Line, Mark, Points, Rule, limit
from reports.plots.drawing.panels import Panel, draw
from reports.plots.drawing.picture import Picture, no_data, seconds
from reports.statistics.bins import Bins

TITLE = "Response time of every request"
MOST_DOTS = 4000
MOST_CROSSES = 600
SLOWEST_DRAWN = 10
FEW = 100  # so few that a small dot would be overlooked
# Below this a "p95" would be the slowest request under another name.
ENOUGH_FOR_P95 = 20
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
    def good(self) -> tuple[Floats, Floats]:
        """Return when those that succeeded were, and how long they took."""
        return _where(self.ok, self.at_s), _where(self.ok, self.ms)


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
    top. Many requests become a heat map, which the legend says; failures and the slowest requests
    are drawn by themselves all the same.

    Raises:
        ValueError: if the lengths differ, or a time is not finite.
    """
    requests = _checked(at_s, response_ms, ok)
    if not len(requests.at_s):
        return no_data(TITLE, "no request was sent")
    bins = _bins(requests)
    good_s, good_ms = requests.good
    p50, p95 = bins.quantiles(good_s, good_ms, (0.5, 0.95), least=ENOUGH_FOR_P95)
    end_s = float(requests.at_s.max())
    silent_s, bad = requests.at_s[~requests.answered], requests.answered & ~requests.ok
    silent = _crosses(silent_s, np.full(len(silent_s), 0.5), label=f"{len(silent_s):,} no answer")
    crowd = " (one ✗ where several would overlap)" if bad.sum() > MOST_CROSSES else ""
    marks = [
        *_dots(requests),
        *_crosses(requests.at_s[bad], requests.ms[bad], key=f"failed{crowd}"),
        *limit("target", target_ms, "ms"),
        *(_quantile(name, bins, ms, end_s) for name, ms in (("p50", p50), ("p95", p95))),
    ]
    panels = [
        Panel(lanes=[""], height=24, marks=[Rule(value=0.5, css="grid"), *silent]),
        Panel(title="response time in ms", height=270, scale="log", marks=marks),
    ]
    rows = _table(requests, bins, p50, p95)
    return draw(TITLE, _describe(requests, target_ms), panels, faults, rows=rows)


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


def _where(flags: Flags, values: Floats) -> Floats:
    """Return the values for which the flags hold; themselves where all do, which are most of a
    large load and would be copied."""
    return values if flags.all() else values[flags]


def _bins(requests: _Requests) -> Bins:
    """Return bins of equal time: at most 60, wide enough for a p95 in the typical one."""
    last_s = max(float(requests.at_s.max()), 1e-3)
    per_second = max(float(requests.ok.sum()) / last_s, 1e-9)
    wanted_s = max(1.5 * ENOUGH_FOR_P95 / per_second, last_s / 60)
    width = next((w for w in _WIDTHS_S if w >= wanted_s), wanted_s)
    return Bins.over(0.0, last_s, min(float(width), last_s))


def _dots(requests: _Requests) -> list[Mark]:
    (at_s, ms), total = requests.good, len(requests.at_s)
    if total <= MOST_DOTS:
        css = "dot dot-few" if total <= FEW else "dot"
        return [Points("", at_s, ms, css=css, key=f"{count(total, 'request')}, each a dot")]
    top = _slowest(ms)
    return [
        Density("", at_s, ms, css="heat", key=f"{total:,} requests as a heat map"),
        Points("", at_s[top], ms[top], css="dot dot-slow", key=f"the {len(top)} slowest"),
    ]


def _slowest(ms: Floats) -> Ints:
    """Return the places of the slowest requests, the slowest first."""
    least = max(len(ms) - SLOWEST_DRAWN, 0)
    places = np.argpartition(ms, least)[least:] if len(ms) else np.empty(0, dtype=np.int64)
    found: Ints = places[np.argsort(ms[places])[::-1]]
    return found


def _crosses(at_s: Floats, ms: Floats, *, key: str = "", label: str = "") -> list[Mark]:
    """Return a cross each; a crowd of them is thinned."""
    apart = 6.0 if len(at_s) > MOST_CROSSES else 0.0
    under = Points("", at_s, ms, css="cross-under", shape="cross", apart=apart)
    # Each cross has a pale edge, or it would drown in the dark squares of a heat map.
    return [under, replace(under, css="cross", key=key, label=label)]


def _quantile(name: str, bins: Bins, ms: Floats, end_s: float) -> Line:
    at_s, values = np.append(bins.start_s, end_s), np.append(ms, math.nan)
    known = ms[np.isfinite(ms)]
    label = f"{name} {figure(round(float(known[-1]), 1))} ms" if len(known) else ""
    return Line("", at_s, values, css=f"line-{name}", label=label, steps=True, halo=True)


def _describe(requests: _Requests, target_ms: float | None) -> str:
    total, bad = len(requests.at_s), int((~requests.ok).sum())
    silent = int((~requests.answered).sum())
    failed = f"{bad:,} of them failed" if bad else "none failed"
    if silent:
        failed += f" ({silent:,} without any answer)"
    sentence = f"{count(total, 'request')} in {seconds(float(requests.at_s.max()))} s; {failed}."
    _, good = requests.good
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


def _table(requests: _Requests, bins: Bins, p50: Floats, p95: Floats) -> list[tuple[str, ...]]:
    n, bad = bins.count(requests.at_s), bins.count(requests.at_s[~requests.ok])
    answered = requests.answered
    at_s, ms = _where(answered, requests.at_s), _where(answered, requests.ms)
    (slowest,) = bins.quantiles(at_s, ms, (1.0,))
    rows: list[tuple[str, ...]] = [
        ("seconds", "requests", "failed", "p50 ms", "p95 ms", "slowest ms")
    ]
    ends = np.minimum(bins.start_s + bins.width_s, float(requests.at_s.max()))
    for start, end, *counts, low, high, most in zip(
        bins.start_s, ends, n, bad, p50, p95, slowest, strict=True
    ):
        quantiles = [figure(round(ms, 1)) if math.isfinite(ms) else "too few" for ms in (low, high)]
        worst = figure(round(most, 1)) if math.isfinite(most) else "none"
        rows.append(
            (
                f"{seconds(start)} to {seconds(end)}",
                *(f"{c:,.0f}" for c in counts),
                *quantiles,
                worst,
            )
        )
    return rows
