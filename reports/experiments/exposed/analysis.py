"""Variants compared by the users who were exposed to them: the ratio first, then every metric.

The unit is the user, who was assigned. Counted are users who were exposed, not those assigned: who
never loaded a page had no variant. Where the numbers of exposed users do not fit the shares, users
of some variant are missing for a reason that may move every metric, and all of them are unknown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reports.core.types import Floats
from reports.statistics.paired.clustered import ClusteredDifference, difference_of_means
from reports.statistics.paired.holm import holm, thresholds
from reports.statistics.paired.srm import SampleRatio, sample_ratio

ALPHA = 0.05
LEVEL = 1 - ALPHA
Judged = Literal["better", "worse", "equivalent", "undecided", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMetric:
    """One metric: user → the sum of their events and the events' number.

    ``every_user_counts``: a user without an entry is one event of zero; else they have no event.
    """

    name: str
    better: Literal["higher", "lower"]
    events: Mapping[str, tuple[float, float]]
    every_user_counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantComparison:
    """One metric of one variant beside the control's; ``difference`` is None without an interval.

    ``p`` is Holm's over the variants. ``mean`` and ``control_mean`` are NaN without events.
    """

    metric: str
    better: Literal["higher", "lower"]
    variant: str
    verdict: Judged
    mean: float
    control_mean: float
    difference: ClusteredDifference | None
    p: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposedResult:
    """What an experiment on users shows. ``counts`` has every variant, exposed or not.

    ``in_several`` users were exposed to more than one variant: they are in no count.
    """

    experiment: str
    control: str
    counts: Mapping[str, int]
    shares: Mapping[str, float]
    ratio: SampleRatio
    in_several: int
    margin: float
    comparisons: tuple[VariantComparison, ...]


def analyse_exposed(
    experiment: str,
    exposed: Sequence[tuple[str, str]],
    metrics: Sequence[UserMetric],
    *,
    control: str,
    shares: Mapping[str, float],
    margin: float,
) -> ExposedResult:
    """Return what the ``exposed`` (user, variant) pairs show; a pair may stand there repeatedly.

    ``margin`` is a share of the control's mean. Raises ValueError without a positive share.
    """
    variant_of: dict[str, str] = {}
    several: set[str] = set()
    for user, variant in exposed:
        if variant_of.setdefault(user, variant) != variant:
            several.add(user)
    users: dict[str, list[str]] = {name: [] for name in (control, *shares)}
    for user, variant in variant_of.items():
        if user not in several:
            users.setdefault(variant, []).append(user)
    counts = {name: len(members) for name, members in users.items()}
    ratio = sample_ratio(counts, shares)
    compared = [
        comparison
        for metric in metrics
        for comparison in _compare(metric, users, control, margin, unknown=ratio.mismatch)
    ]
    return ExposedResult(
        experiment=experiment,
        control=control,
        counts=counts,
        shares=shares,
        ratio=ratio,
        in_several=len(several),
        margin=margin,
        comparisons=tuple(compared),
    )


def _compare(
    metric: UserMetric,
    users: Mapping[str, Sequence[str]],
    control: str,
    margin: float,
    *,
    unknown: bool,
) -> list[VariantComparison]:
    columns = {name: _columns(metric, members) for name, members in users.items()}
    variants = [name for name in users if name != control]
    found: dict[str, ClusteredDifference] = {}
    notes: dict[str, str] = {}
    for name in variants:
        try:
            found[name] = difference_of_means(columns[name], columns[control], level=LEVEL)
        except ValueError as error:
            notes[name] = str(error)
    p = {name: difference.p for name, difference in found.items()}
    adjusted, alphas = holm(p), thresholds(p, ALPHA)
    compared = []
    for name in variants:
        verdict: Judged = "undecided"
        if name in found:
            pair = columns[name], columns[control]
            verdict, notes[name] = _decide(metric, pair, adjusted[name], alphas[name], margin)
        compared.append(
            VariantComparison(
                metric=metric.name,
                better=metric.better,
                variant=name,
                verdict="unknown" if unknown else verdict,
                mean=_mean(columns[name]),
                control_mean=_mean(columns[control]),
                difference=found.get(name),
                p=adjusted.get(name, math.nan),
                note=notes.get(name, ""),
            )
        )
    return compared


def _decide(
    metric: UserMetric,
    pair: tuple[tuple[Floats, Floats], tuple[Floats, Floats]],
    p: float,
    alpha: float,
    margin: float,
) -> tuple[Judged, str]:
    """Return the verdict and what a reader could take wrongly without a word more.

    Better and worse: significant after Holm, and the interval at Holm's level beyond the margin.
    Equivalent: both one-sided tests against the margin hold.
    """
    at_holms = difference_of_means(*pair, level=1 - alpha)
    if math.isnan(at_holms.log_ratio):
        return "undecided", "no ratio: a mean is not above zero"
    limit = math.log1p(margin)
    is_different = p <= ALPHA
    if is_different and (at_holms.log_low > limit or at_holms.log_high < -limit):
        is_higher = at_holms.log_low > limit
        return ("better" if is_higher == (metric.better == "higher") else "worse"), ""
    narrow = difference_of_means(*pair, level=1 - 2 * ALPHA)
    if -limit < narrow.log_low and narrow.log_high < limit:
        return "equivalent", "it differs a little, inside the margin" if is_different else ""
    if is_different:
        side = "higher" if at_holms.estimate > 0 else "lower"
        return "undecided", f"it is {side}; whether by more than {100 * margin:g} % is open"
    return "undecided", ""


def _columns(metric: UserMetric, users: Sequence[str]) -> tuple[Floats, Floats]:
    absent = (0.0, 1.0 if metric.every_user_counts else 0.0)
    pairs = np.array([metric.events.get(user, absent) for user in users], dtype=float)
    return (pairs[:, 0], pairs[:, 1]) if len(pairs) else (np.empty(0), np.empty(0))


def _mean(columns: tuple[Floats, Floats]) -> float:
    sums, counts = columns
    events = float(counts.sum())
    return float(sums.sum()) / events if events > 0 else math.nan
