"""Latencies of both: with seeds as pairs where there are enough, else each run's own intervals.

Requests of one run depend on each other, and a run as a whole has luck of its own (php-judy #104: a
row 12 % slower in one run, 1 % in the next, of the same commit). So one run each says nothing about
the change, however many requests it has; the seeds of a cell are what is drawn anew. Resampling a
few of them would give intervals that are too narrow, so there is none below six.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from reports.compare.matching import CellMatch, Matching, counts
from reports.compare.record import FigureCompared, Interval
from reports.core.text import count
from reports.core.types import Floats
from reports.evidence.requests import response_ms
from reports.judging.judge import JudgedRun
from reports.statistics.paired.arms import decide_arms
from reports.statistics.paired.decision import PairedDecision, percent
from reports.statistics.paired.drift import metrics_drift
from reports.statistics.paired.looks import Look
from reports.statistics.share import (
    ALPHA,
    BLOCK_S,
    BLOCKS_MIN,
    decide_share_below,
    quantile_interval,
)

SEEDS_MIN = 6
MARGIN = 0.05
NAMES = ("load_response", "shown_to_durable")
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
ONE_RUN = "one run each says nothing about the change"
_NEVER = "lost, or never answered, in too many cases for the figure to be known"
_SHORT = "too short, or too few, for an interval"
_WORTH_MIN = 10
_AFTER = (
    "the runs of A and of B were not interleaved: a machine that changed between looks the same"
)

_Values = tuple[Floats, Floats]
"""Times in ms, infinite where something never happened, and when each began (s)."""


def compare_figures(matching: Matching) -> list[FigureCompared]:
    """Return the latencies of every arm that both have."""
    found: list[FigureCompared] = []
    paired: dict[str, tuple[CellMatch, str, Floats, Floats]] = {}
    for one in matching.arms:
        if one.is_single:
            found += _of_pair(one)
            continue
        for figure in _figures():
            own, other = _by_seed(one, figure)
            if len(own) >= SEEDS_MIN:
                paired[f"{len(paired)}"] = (one, figure, own, other)
            else:
                found += _too_few(one, figure, len(own))
    return [*_decided(paired), *found]


def drift_of(figures: Sequence[FigureCompared]) -> str:
    """Return a sentence if most medians moved the same way; a changed machine moves all of them."""
    shifts = {
        f"{one.scenario} {one.arm} {one.figure}": math.log(one.b / one.a)
        for one in figures
        if one.figure.endswith("_p50_ms") and one.a and one.b and one.a > 0 and one.b > 0
    }
    if not shifts:
        return ""
    drift = metrics_drift(shifts, beyond=math.log1p(MARGIN))
    if not drift.alarm:
        return ""
    way, number = ("higher", drift.worse) if drift.worse > drift.better else ("lower", drift.better)
    return (
        f"{number} of {count(drift.metrics, 'median')} are {way} in B by more than "
        f"{100 * MARGIN:g} % (their median: {percent(drift.shift):+.1f} %): a machine that changed "
        "moves all of them"
    )


def _figures() -> Iterator[str]:
    for name in NAMES:
        yield from (f"{name}_{label}_ms" for label in SHARES)


def _of_pair(one: CellMatch) -> Iterator[FigureCompared]:
    """Yield the figures of one run against one, each with its own interval."""
    if not (counts(one.a[0]) and counts(one.b[0])):
        return
    a, b = _values(one.a[0]), _values(one.b[0])
    for name in NAMES:
        if name not in a or name not in b:
            continue
        for label, share in SHARES.items():
            yield _apart(one, f"{name}_{label}_ms", share, a[name], b[name])


def _apart(one: CellMatch, figure: str, share: float, a: _Values, b: _Values) -> FigureCompared:
    (value_a, low_a, high_a), (value_b, low_b, high_b) = _own(a, share), _own(b, share)
    known = all(
        math.isfinite(low) or math.isfinite(high)
        for low, high in ((low_a, high_a), (low_b, high_b))
    )
    is_apart = high_a < low_b or high_b < low_a
    return FigureCompared(
        scenario=one.scenario,
        arm=one.arm,
        seeds=one.seeds,
        figure=figure,
        reading="none" if not known else "apart" if is_apart else "overlap",
        a=_finite(value_a),
        b=_finite(value_b),
        a_interval=_bounds(low_a, high_a),
        b_interval=_bounds(low_b, high_b),
        note=ONE_RUN if known else _NEVER if math.isinf(max(value_a, value_b)) else _SHORT,
    )


def _values(run: JudgedRun) -> Mapping[str, _Values]:
    """Return a run's times by figure."""
    assert run.evidence is not None, "a run that counts has evidence"
    ledger, impressions = run.evidence.ledger, run.evidence.fates.impressions
    found: dict[str, _Values] = {}
    if not ledger.load.empty:
        at_s: Floats = ledger.seconds(ledger.load["scheduled_ns"]).to_numpy(dtype=float)
        found["load_response"] = response_ms(ledger.load), at_s
    shown = impressions[impressions["shown_ns"].notna()]
    if not shown.empty:
        waits = ((shown["durable_ns"] - shown["shown_ns"]).astype("Float64") / 1e6).to_numpy(
            dtype=float, na_value=math.inf
        )
        since_s: Floats = ledger.seconds(shown["shown_ns"]).to_numpy(dtype=float)
        found["shown_to_durable"] = np.asarray(waits, dtype=np.float64), since_s
    return found


def _own(values: _Values, share: float) -> tuple[float, float, float]:
    """Return a quantile with its 95 % interval; a bound that the sample cannot give is infinite.

    The sample is worth as many independent values as the times beyond the quantile, block by
    block, say. Where the run is too short to see that, there is no interval.
    """
    times, at_s = values
    value = float(np.quantile(times, share, method="higher"))
    blocks = len(np.unique(np.floor((at_s - at_s.min()) / BLOCK_S)))
    worth = decide_share_below(times >= value, 1 - share, at_s=at_s).n_effective
    if blocks < BLOCKS_MIN or worth < _WORTH_MIN:
        return value, -math.inf, math.inf
    low, high = quantile_interval(times, share, n_effective=worth)
    if share**worth > ALPHA / 2:
        high = math.inf
    if (1 - share) ** worth > ALPHA / 2:
        low = -math.inf
    return value, low, high


def _by_seed(one: CellMatch, figure: str) -> tuple[Floats, Floats]:
    """Return a figure of both by the seeds in which both have it, in the order of seeds."""
    of_a, of_b = ({run.cell.seed: run for run in runs if counts(run)} for runs in (one.a, one.b))
    pairs = [
        (of_a[seed].cell.measures.get(figure), of_b[seed].cell.measures.get(figure))
        for seed in sorted(of_a)
        if seed in of_b
    ]
    known = [(a, b) for a, b in pairs if a is not None and b is not None and a > 0 and b > 0]
    figures = np.array(known, dtype=np.float64).reshape(len(known), 2)
    return figures[:, 0], figures[:, 1]


def _too_few(one: CellMatch, figure: str, seeds: int) -> Iterator[FigureCompared]:
    """Yield the medians of both without an interval, if both have any."""
    a, b = _median(one.a, figure), _median(one.b, figure)
    if a is not None and b is not None:
        yield FigureCompared(
            scenario=one.scenario,
            arm=one.arm,
            seeds=one.seeds,
            figure=figure,
            reading="none",
            a=a,
            b=b,
            units=seeds,
            note=f"{count(seeds, 'common seed')}: an interval needs {SEEDS_MIN}",
        )


def _median(runs: Sequence[JudgedRun], figure: str) -> float | None:
    found = [run.cell.measures.get(figure) for run in runs if counts(run)]
    known = [value for value in found if value is not None]
    return float(np.median(known)) if known else None


def _decided(
    paired: Mapping[str, tuple[CellMatch, str, Floats, Floats]],
) -> Iterator[FigureCompared]:
    """Yield the figures with enough seeds, Holm's correction made over all of them."""
    if not paired:
        return
    differences = {name: np.log(b) - np.log(a) for name, (_, _, a, b) in paired.items()}
    most = max(len(d) for d in differences.values())
    decisions = decide_arms(differences, Look(blocks=most, alpha=ALPHA), margin=MARGIN)
    for name, (one, figure, a, b) in paired.items():
        decision = decisions[name]
        yield FigureCompared(
            scenario=one.scenario,
            arm=one.arm,
            seeds=one.seeds,
            figure=figure,
            reading=decision.direction,
            a=float(np.median(a)),
            b=float(np.median(b)),
            units=decision.blocks,
            level=decision.level,
            note="; ".join((*_of_seeds(decision), _AFTER)),
            **_in_percent(decision),  # type: ignore[arg-type]
        )


def _in_percent(decision: PairedDecision) -> dict[str, float | None]:
    """Return a decision's estimate and bounds in percent, as fields of a compared figure."""
    bounds = {
        "difference_percent": decision.estimate,
        "low_percent": decision.low,
        "high_percent": decision.high,
        "t_low_percent": decision.t_low,
        "t_high_percent": decision.t_high,
    }
    return {name: percent(v) if math.isfinite(v) else None for name, v in bounds.items()}


def _of_seeds(decision: PairedDecision) -> tuple[str, ...]:
    """Return a decision's notes in words of seeds."""
    if decision.order.factor > 1:
        wider = f"{decision.order.factor:.1f} times as wide"
        return (f"neighbouring seeds are alike: intervals are {wider}",)
    return ()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _bounds(low: float, high: float) -> Interval | None:
    if math.isinf(low) and math.isinf(high):
        return None
    return _finite(low), _finite(high)
