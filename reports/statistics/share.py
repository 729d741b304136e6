"""Deciding a target from a sample: exact, on raw values, and honest about dependence.

A quantile target "p95 < L" says "fewer than 5 % of values reach L". So the values that reach L
are counted and the share gets an exact (Clopper-Pearson) bound; no percentile is estimated to
decide, least of all a rounded one. Requests that are close in time suffer together, so the counts
per block of time vary more than a coin would; that inflation shrinks the sample to the size of an
independent one with the same information (design effect) before the bound is taken. Blocks of
several lengths are tried and the worst counts: a checkpoint lasts longer than a second.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.core.lazy import LazyModule
from reports.core.types import Flags, Floats

if TYPE_CHECKING:
    from scipy import special
else:
    # Most commands never ask; scipy.stats, which is not needed, would cost three times as much.
    special = LazyModule("scipy.special")

ALPHA = 0.05
P95_SHARE = 0.05
"""A 95th percentile is below a limit when less than this share of the values reaches it."""
THREE_SIGMAS = 0.00135
"""The chance of a normal deviate beyond three standard deviations, on one side."""
BLOCK_S = 1.0
BLOCKS_MIN = 10
LONGER_BLOCKS_S = (2.0, 5.0, 10.0, 30.0)
LONGER_BLOCKS_MIN = 30
"""Fewer longer blocks are not used: the variance of a few says little, and the largest of
several such guesses would be too large."""


class Decision(enum.Enum):
    """Whether the sample shows that the target is met, that it is missed, or neither."""

    MET = "met"
    MISSED = "missed"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareEstimate:
    """How often something happened, with the bounds it was decided on.

    ``low`` and ``high`` are one-sided bounds at 1 - ALPHA each. ``n_effective`` is the size of an
    independent sample with the same information. ``n_needed`` estimates how many observations
    would decide at this share; None when there is none (the share is the limit itself).
    """

    decision: Decision
    count: int
    n: int
    n_effective: float
    low: float
    high: float
    n_needed: int | None


def decide_share_below(
    happened: Sequence[bool] | Flags,
    limit: float,
    *,
    at_s: Sequence[float] | Floats | None = None,
    alpha: float = ALPHA,
) -> ShareEstimate:
    """Decide whether something happens in less than ``limit`` of all cases.

    ``at_s``: when each case was, for the correction for dependence; without it the cases count as
    independent. ``alpha`` is the chance of a wrong bound on either side. An empty sample decides
    nothing.
    """
    events = np.asarray(happened, dtype=bool)
    n, count = len(events), int(events.sum())
    if n == 0:
        return ShareEstimate(
            decision=Decision.OPEN,
            count=0,
            n=0,
            n_effective=0.0,
            low=0.0,
            high=1.0,
            n_needed=_n_for_zero(limit),
        )
    inflation = 1.0 if at_s is None else _inflation(events, np.asarray(at_s, dtype=float))
    low, high = _bounds(count / inflation, n / inflation, alpha)
    if at_s is not None and _blocks(np.asarray(at_s, dtype=float)) < BLOCKS_MIN:
        decision = Decision.OPEN  # too short a time to see whether the cases depend on each other
    elif high < limit:
        decision = Decision.MET
    elif low > limit:
        decision = Decision.MISSED
    else:
        decision = Decision.OPEN
    return ShareEstimate(
        decision=decision,
        count=count,
        n=n,
        n_effective=n / inflation,
        low=low,
        high=high,
        n_needed=_n_needed(count / n, limit, inflation),
    )


def quantile_interval(
    values: Sequence[float] | Floats, q: float, *, n_effective: float | None = None
) -> tuple[float, float]:
    """Return a two-sided 95 % interval of a quantile from order statistics of the raw values.

    ``n_effective`` widens it for dependent values. Raises ValueError on an empty sample.
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    if len(ordered) == 0:
        raise ValueError("no values")
    n = max(1.0, n_effective if n_effective is not None else float(len(ordered)))
    # bdtrik inverts the binomial distribution in k; rounded up it is the quantile.
    low_rank = float(np.ceil(special.bdtrik(ALPHA / 2, round(n), q))) / n
    high_rank = float(np.ceil(special.bdtrik(1 - ALPHA / 2, round(n), q))) / n
    last = len(ordered) - 1
    low = ordered[int(np.clip(np.floor(low_rank * len(ordered)) - 1, 0, last))]
    high = ordered[int(np.clip(np.ceil(high_rank * len(ordered)), 0, last))]
    return float(low), float(high)


def binomial_at_least(count: int, n: int, share: float) -> float:
    """Return the exact chance of ``count`` or more of ``n`` when each happens with ``share``."""
    return 1.0 if count <= 0 else float(special.betainc(count, n - count + 1, share))


def binomial_at_most(count: int, n: int, share: float) -> float:
    """Return the exact chance of ``count`` or fewer of ``n`` when each happens with ``share``."""
    return 1.0 if count >= n else float(special.betainc(n - count, count + 1, 1 - share))


def share_interval(count: int, n: int, *, alpha: float = ALPHA) -> tuple[float, float]:
    """Return the two-sided Clopper-Pearson interval of a share at 1 - ``alpha``; without any case
    it is 0 to 1."""
    return _bounds(count, n, alpha / 2)


def share_at_most(count: int, n: int, *, alpha: float = ALPHA) -> float:
    """Return the upper Clopper-Pearson bound of a share at 1 - ``alpha``: 0 of 300 is below 1 %."""
    return _bounds(count, n, alpha)[1]


def _bounds(count: float, n: float, alpha: float) -> tuple[float, float]:
    """Return one-sided Clopper-Pearson bounds; the beta form takes fractional counts too."""
    low = 0.0 if count <= 0 else float(special.betaincinv(count, n - count + 1, alpha))
    high = 1.0 if count >= n else float(special.betaincinv(count + 1, n - count, 1 - alpha))
    return low, high


def _blocks(at_s: Floats) -> int:
    """Return how many blocks of time hold a case."""
    return len(np.unique(np.floor((at_s - at_s.min()) / BLOCK_S)))


def _inflation(events: Flags, at_s: Floats) -> float:
    """Return the worst design effect over the lengths of blocks that there are enough of."""
    span_s = float(at_s.max() - at_s.min())
    lengths = [length for length in LONGER_BLOCKS_S if span_s >= LONGER_BLOCKS_MIN * length]
    return max(_design_effect(events, at_s, length) for length in (BLOCK_S, *lengths))


def _design_effect(events: Flags, at_s: Floats, block_s: float) -> float:
    """Return the variance of counts per block against a coin's, at least 1."""
    block = np.floor((at_s - at_s.min()) / block_s).astype(int)
    sizes = np.bincount(block)
    counts = np.bincount(block, weights=events.astype(float))
    filled = sizes > 0
    sizes, counts = sizes[filled], counts[filled]
    share = events.mean()
    if len(sizes) < 2 or share in (0.0, 1.0):
        return 1.0
    # Ratio estimator of a cluster sample: residuals of the blocks' counts around their share.
    residuals = counts - share * sizes
    clustered = (residuals**2).sum() * len(sizes) / (len(sizes) - 1)
    independent = len(events) * share * (1 - share)
    return float(max(1.0, clustered / independent))


def _n_for_zero(limit: float) -> int:
    """Return how many cases without a single event would decide."""
    return int(np.ceil(np.log(ALPHA) / np.log1p(-limit)))


def _n_needed(share: float, limit: float, inflation: float) -> int | None:
    """Estimate the sample that would decide at this share (normal approximation)."""
    if share == 0.0:
        return _n_for_zero(limit)
    if share == limit:
        return None
    z = float(special.ndtri(1 - ALPHA))
    n = (z / (limit - share)) ** 2 * max(share * (1 - share), limit * (1 - limit))
    return int(np.ceil(n * inflation))
