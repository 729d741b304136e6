"""Deciding from a series of measurements in time: a mean by batches, a slope by Theil and Sen.

Neighbours in time are alike, so neither takes the samples as independent. The mean's interval
comes from the means of consecutive batches (batch means, Student's t). The slope is the median of
the slopes between all pairs of blocks (Theil 1950), its interval Sen's (1968) with Kendall's
variance, stretched for autocorrelated residuals as Hamed and Rao do (Journal of Hydrology 204,
1998): a third of the samples may be outliers, and a process that once took a page is no leak.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.core.lazy import LazyModule
from reports.core.types import Floats

if TYPE_CHECKING:
    from scipy import special
else:
    # Most commands never ask; scipy.stats, which is not needed, would cost three times as much.
    special = LazyModule("scipy.special")

BATCHES_MIN = 10
_BATCHES_MAX = 30
_SAMPLES_A_BATCH = 3
_BLOCKS_MAX = 60
_TWO_SIDED = 0.975


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with the two-sided 95 % interval that holds it."""

    value: float
    low: float
    high: float
    n: int


def mean_of(values: Floats) -> Estimate | None:
    """Return the mean of a series in time's order; None when it is too short to have an interval.

    Thirty samples are the least: ten batches of three.
    """
    batches = min(_BATCHES_MAX, len(values) // _SAMPLES_A_BATCH)
    if batches < BATCHES_MIN:
        return None
    means = np.array([part.mean() for part in np.array_split(values, batches)])
    margin = float(special.stdtrit(batches - 1, _TWO_SIDED))
    margin *= float(means.std(ddof=1)) / math.sqrt(batches)
    mean = float(values.mean())
    return Estimate(value=mean, low=mean - margin, high=mean + margin, n=len(values))


def slope_of(x: Floats, y: Floats) -> Estimate | None:
    """Return how much y grows with x, both in time's order; None when too short, or x stands still.

    Consecutive samples are averaged to at most sixty blocks; ten are the least.
    """
    blocks = min(_BLOCKS_MAX, len(x))
    if blocks < BATCHES_MIN:
        return None
    xs = np.array([part.mean() for part in np.array_split(x, blocks)])
    ys = np.array([part.mean() for part in np.array_split(y, blocks)])
    first, second = np.triu_indices(blocks, 1)
    run = xs[second] - xs[first]
    moved = run > 0
    slopes = np.sort((ys[second] - ys[first])[moved] / run[moved])
    if len(slopes) < BATCHES_MIN * (BATCHES_MIN - 1) / 2:
        return None
    slope = float(np.median(slopes))
    variance = blocks * (blocks - 1) * (2 * blocks + 5) / 18
    variance *= _stretch(ys - slope * xs)
    reach = float(special.ndtri(_TWO_SIDED)) * math.sqrt(variance)
    last = len(slopes) - 1
    low = slopes[int(np.clip(math.floor((len(slopes) - reach) / 2) - 1, 0, last))]
    high = slopes[int(np.clip(math.ceil((len(slopes) + reach) / 2), 0, last))]
    return Estimate(value=slope, low=float(low), high=float(high), n=len(x))


def _stretch(residuals: Floats) -> float:
    """Return by how much autocorrelated residuals inflate Kendall's variance, at least 1."""
    n = len(residuals)
    ranks = np.argsort(np.argsort(residuals)).astype(float)
    centred = ranks - ranks.mean()
    spread = float((centred**2).sum())
    total = 0.0
    for lag in range(1, n - 2):
        correlation = float((centred[:-lag] * centred[lag:]).sum()) / spread
        if abs(correlation) > special.ndtri(_TWO_SIDED) / math.sqrt(n):  # what chance explains: no
            total += (n - lag) * (n - lag - 1) * (n - lag - 2) * correlation
    return max(1.0, 1 + 2 / (n * (n - 1) * (n - 2)) * total)
