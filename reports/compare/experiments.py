"""Two experiments: losses by arm, verdicts by arm, and the estimates that decide, with intervals.

The difference of two estimates that were found apart has an interval that follows from both of
theirs (Zou and Donner, Statistics in Medicine 27, 2008): each side's distance from its estimate to
its bound takes the place of a standard error, so that what widened an interval widens this one too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from harness.ledger.experiment import ExperimentPart, Metric
from reports.compare.fates import unread, weighed
from reports.compare.findings import CHANGES, change_of
from reports.compare.record import (
    Change,
    FatesCompared,
    FigureCompared,
    FigureReading,
    FindingCompared,
    Interval,
    SideFates,
    VerdictCompared,
)
from reports.core.text import count
from reports.experiments.failures import Failure
from reports.experiments.losses import Loss
from reports.experiments.result import Comparison, Result
from reports.experiments.sentence import arm_clause
from reports.experiments.slots import values
from reports.experiments.words import counted_blocks
from reports.statistics.paired import signed_rank
from reports.statistics.paired.decision import percent
from reports.verdict.verdict import Verdict

LEVEL = 0.95
_BLOCKS = "all blocks"
_EACH = "each figure at its own level, not corrected for their number"
_APART = (
    "blocks of two experiments are no pairs: a machine that changed between them looks the same"
)


class Estimate95(NamedTuple):
    """A log figure and its interval."""

    value: float
    low: float
    high: float


def common_arms(a: Result, b: Result) -> list[str]:
    """Return the arms that both have, with the same levels."""
    return [arm for arm in a.plan.arms if a.plan.arms[arm] == b.plan.arms.get(arm)]


def experiments_fates(a: Result, b: Result) -> list[FatesCompared]:
    """Return what every common arm lost in every common part."""
    arms = common_arms(a, b)
    of_b = {(loss.part, loss.arm): loss for loss in b.losses}
    found = [
        unread(loss.part, loss.arm, _BLOCKS, _side(loss), _side(of_b[loss.part, loss.arm]))
        for loss in a.losses
        if loss.arm in arms and (loss.part, loss.arm) in of_b
    ]
    return weighed(found)


def experiments_verdicts(a: Result, b: Result) -> list[VerdictCompared]:
    """Return the arms whose verdict by the deciding figure changed."""
    if not _same_control(a, b) or not _same_question(a, b):
        return []
    of_b = {one.arm: one for one in b.deciding}
    found = []
    for one in a.deciding:
        other = of_b.get(one.arm)
        if other is None or one.arm not in common_arms(a, b):
            continue
        change = _change(one.verdict, other.verdict)
        if change:
            found.append(
                VerdictCompared(
                    scenario=one.part.name,
                    arm=one.arm,
                    seeds=_BLOCKS,
                    change=change,
                    a=one.verdict,
                    b=other.verdict,
                    a_reason=arm_clause(one, a.plan.control),
                    b_reason=arm_clause(other, b.plan.control),
                )
            )
    return sorted(found, key=lambda one: CHANGES.index(one.change))


def experiments_findings(a: Result, b: Result) -> list[FindingCompared]:
    """Return the checks that a common arm fails in a common part of one of both, changed first.

    What both were expected to fail is left out, and so is an arm that one of both judged nowhere.
    """
    judged = [{(loss.part, loss.arm): loss.slots for loss in one.losses} for one in (a, b)]
    found = []
    for part, arm in judged[0]:
        if arm not in common_arms(a, b) or not judged[0][part, arm]:
            continue
        if not judged[1].get((part, arm)):
            continue
        fails = [
            {one.check: one for one in result.gating if (one.part, one.arm) == (part, arm)}
            for result in (a, b)
        ]
        for check in dict.fromkeys((*fails[1], *fails[0])):
            one, other = fails[0].get(check), fails[1].get(check)
            found.append(_failed(part, arm, check, one, other))
    return sorted(found, key=lambda one: CHANGES.index(one.change))


def _failed(
    part: str, arm: str, check: str, a: Failure | None, b: Failure | None
) -> FindingCompared:
    verdicts = [Verdict.FAIL if one else Verdict.PASS for one in (a, b)]
    summaries = [
        f"in {len(one.blocks)} of {count(one.of, 'block')}: {one.summary}" if one else "in no block"
        for one in (a, b)
    ]
    return FindingCompared(
        scenario=part,
        arm=arm,
        seeds=_BLOCKS,
        check=check,
        change=change_of(*verdicts),
        a=verdicts[0].value,
        b=verdicts[1].value,
        a_measured=None,
        b_measured=None,
        a_interval=None,
        b_interval=None,
        a_target=None,
        b_target=None,
        unit="",
        a_summary=summaries[0],
        b_summary=summaries[1],
    )


def experiments_figures(a: Result, b: Result) -> list[FigureCompared]:
    """Return every common figure: against the control where both have it, else by itself."""
    return [
        figure
        for part, metric in _common_figures(a, b)
        for figure in (
            _against_control(a, b, part, metric)
            if _same_control(a, b)
            else _by_itself(a, b, part, metric)
        )
    ]


def difference(a: Estimate95, b: Estimate95) -> Estimate95:
    """Return how much B's estimate is above A's, with the interval that follows from both."""
    value = b.value - a.value
    below = math.hypot(b.value - b.low, a.high - a.value)
    above = math.hypot(b.high - b.value, a.value - a.low)
    return Estimate95(value, value - below, value + above)


def _side(loss: Loss) -> SideFates:
    return SideFates(
        runs=loss.slots,
        shown=loss.shown,
        lost=loss.lost,
        false=loss.false,
        late=0,
        visitors=None,
        losing=None,
        interval=loss.interval,
        why_not="" if loss.shown else "no slot counts",
    )


def _same_control(a: Result, b: Result) -> bool:
    return a.plan.control == b.plan.control and a.plan.control in common_arms(a, b)


def _same_question(a: Result, b: Result) -> bool:
    """Return whether both are decided by the same figure."""
    first = [
        (one[0].part.name, one[0].metric.measure) if (one := result.deciding) else None
        for result in (a, b)
    ]
    return first[0] == first[1]


def _change(a: str, b: str) -> Change:
    if a == b:
        return ""
    if b == "undecided":
        return "undecided"
    if a == "undecided" and b != "worse":
        return "decided"
    if b == "worse":
        return "decided" if a == "undecided" else "worse"
    return "better" if a == "worse" else "changed"


def _common_figures(a: Result, b: Result) -> Iterator[tuple[ExperimentPart, Metric]]:
    of_b = {(part.name, one.measure) for part in b.plan.parts for one in part.metrics}
    for part in a.plan.parts:
        yield from ((part, one) for one in part.metrics if (part.name, one.measure) in of_b)


def _against_control(
    a: Result, b: Result, part: ExperimentPart, metric: Metric
) -> Iterator[FigureCompared]:
    for arm in common_arms(a, b):
        found = [_comparison(result, part, metric, arm) for result in (a, b)]
        if found[0] is None or found[1] is None:
            continue
        one, other = found[0].decision, found[1].decision
        if one is None or other is None:
            continue
        if "difference" in (found[0].scale, found[1].scale):
            yield _without_ratio(part, metric, arm, found[0], found[1])
            continue
        yield _figure(
            part,
            metric,
            f"{arm} against {a.plan.control}, in %",
            Estimate95(one.estimate, one.low, one.high),
            Estimate95(other.estimate, other.low, other.high),
            in_percent=True,
            units=min(one.blocks, other.blocks),
            level=min(one.level, other.level),
            note=_EACH,
        )


def _without_ratio(
    part: ExperimentPart, metric: Metric, arm: str, a: Comparison, b: Comparison
) -> FigureCompared:
    """Return a figure that is zero in some block of one of both: medians, without an interval."""
    return FigureCompared(
        scenario=part.name,
        arm=arm,
        seeds=_BLOCKS,
        figure=metric.measure,
        reading="none",
        a=a.arm_value if math.isfinite(a.arm_value) else None,
        b=b.arm_value if math.isfinite(b.arm_value) else None,
        units=min(a.of - a.missing, b.of - b.missing),
        note="zero in some block, so that it has no ratio to the control",
    )


def _comparison(
    result: Result, part: ExperimentPart, metric: Metric, arm: str
) -> Comparison | None:
    found = [
        one
        for one in result.comparisons
        if (one.part.name, one.metric.measure, one.arm) == (part.name, metric.measure, arm)
    ]
    return found[0] if found else None


def _by_itself(
    a: Result, b: Result, part: ExperimentPart, metric: Metric
) -> Iterator[FigureCompared]:
    for arm in common_arms(a, b):
        one, other = (_own(result, part, metric, arm) for result in (a, b))
        if one is None or other is None:
            continue
        (estimate, units), (other_estimate, other_units) = one, other
        yield _figure(
            part,
            metric,
            arm,
            estimate,
            other_estimate,
            in_percent=False,
            units=min(units, other_units),
            level=LEVEL,
            note=f"{_APART}; {_EACH}",
        )


def _own(
    result: Result, part: ExperimentPart, metric: Metric, arm: str
) -> tuple[Estimate95, int] | None:
    """Return an arm's own figure over the blocks, as a log, and how many blocks have it; None where
    it is zero in one of them, or in none."""
    figures = values(counted_blocks(result), part.name, arm, metric.measure)
    known = figures[np.isfinite(figures)]
    if not len(known) or (known <= 0).any():
        return None
    logs = np.log(known)
    low, high = signed_rank.interval(logs, LEVEL)
    return Estimate95(signed_rank.pseudo_median(logs), low, high), len(known)


def _figure(
    part: ExperimentPart,
    metric: Metric,
    arm: str,
    a: Estimate95,
    b: Estimate95,
    *,
    in_percent: bool,
    units: int,
    level: float,
    note: str,
) -> FigureCompared:
    shown = percent if in_percent else math.exp
    apart = difference(a, b)
    reading: FigureReading = "open"
    if not (math.isfinite(apart.low) and math.isfinite(apart.high)):
        reading, note = "none", f"too few blocks for an interval; {note}"
    elif apart.low > 0:
        reading = "higher"
    elif apart.high < 0:
        reading = "lower"

    def bound(value: float) -> float | None:
        return shown(value) if math.isfinite(value) else None

    def interval(of: Estimate95) -> Interval | None:
        known = bound(of.low), bound(of.high)
        return None if known == (None, None) else known

    return FigureCompared(
        scenario=part.name,
        arm=arm,
        seeds=_BLOCKS,
        figure=metric.measure,
        reading=reading,
        a=bound(a.value),
        b=bound(b.value),
        a_interval=interval(a),
        b_interval=interval(b),
        units=units,
        difference_percent=percent(apart.value) if math.isfinite(apart.value) else None,
        low_percent=percent(apart.low) if math.isfinite(apart.low) else None,
        high_percent=percent(apart.high) if math.isfinite(apart.high) else None,
        level=level,
        note=note,
    )
