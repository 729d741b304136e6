"""Arithmetic of the figures: ratios of pairs, percentiles, the slope of memory."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with the least and the greatest value; ``n`` values."""

    median: float
    least: float
    greatest: float
    n: int


def spread(values: Sequence[float]) -> Spread:
    """Return the spread of at least one value."""
    return Spread(statistics.median(values), min(values), max(values), len(values))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of the values do not exceed."""
    return float(np.quantile(np.asarray(values), share, method="inverted_cdf"))


@dataclass(frozen=True, slots=True)
class Slope:
    """Bytes an impression, with the interval that holds the true value."""

    estimate: float
    low: float
    high: float
    samples: int


def memory_slope(
    sampled_ns: Sequence[int],
    rss_bytes: Sequence[int],
    done_ns: Sequence[int],
    ids: int,
    *,
    after: int,
) -> Slope:
    """Return how memory grew with the impressions beyond the first ``after``.

    The slope is Theil and Sen's: the median over all pairs of samples, so that one jump of the
    allocator is neither ignored nor taken for a trend. ``done_ns`` holds the moments at which a
    batch of ``ids`` was acknowledged.
    """
    acknowledged = np.searchsorted(np.sort(np.asarray(done_ns)), np.asarray(sampled_ns)) * ids
    chosen = (acknowledged >= after) & (acknowledged < len(done_ns) * ids)
    if chosen.sum() < 10:
        raise ValueError(f"{chosen.sum()} samples after the warm-up; 10 are needed")
    fit = stats.theilslopes(np.asarray(rss_bytes)[chosen], acknowledged[chosen], alpha=CONFIDENCE)
    return Slope(float(fit.slope), float(fit.low_slope), float(fit.high_slope), int(chosen.sum()))
