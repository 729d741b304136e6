"""Change points of a series: an exact partition, and a test of each change that it finds.

The partition is optimal (Jackson et al., IEEE Signal Processing Letters 12, 2005): of all ways to
cut the series into stretches of at least three values it takes the one with the least squared
deviation from the stretches' means, plus a penalty of 3 ln n noise variances for each cut. Nothing
is pruned: pruning loses the optimum where stretches have a least length. The noise comes from the
differences of neighbours, which a change does not move.

A cut is kept when the two stretches beside it differ by more than chance explains: Student's t with
the deviation of all stretches, widened where neighbours are alike, its p multiplied by the number
of places at which the cut could have been (Bonferroni). So the level is that of the whole series,
and not that of one candidate, of which a series has many. The stretches' medians must differ too,
by a margin: a difference that matters to no reader is no news, and one outlier moves no median of
three.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from harness.core.lazy import LazyModule
from reports.core.types import Floats
from reports.statistics.paired.dependence import allow_for_order
from reports.statistics.paired.student import quantile

if TYPE_CHECKING:
    from scipy import special
else:
    # Most commands never ask; scipy.stats, which is not needed, would cost three times as much.
    special = LazyModule("scipy.special")

ALPHA = 0.001
"""The chance of any change in a series that has none."""
LEAST = 3
"""The length of the shortest stretch: one value, or two, confirm no change."""
MARGIN = math.log1p(0.05)
"""Smaller differences, in log units, are no change."""
PENALTY = 3.0
_LEVEL = 0.95
_MAD_OF_NORMAL = 0.6745
_LEAST_NOISE = 1e-9
_RANGE = 3.84
"""The 95 % point of χ² with one degree of freedom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of level: the first value after it, and how the level differs (log units).

    ``earliest`` and ``latest`` bound the place where the data could have changed as well. ``low``
    and ``high`` hold the difference with 95 %; ``p`` is corrected for the places of a cut.
    """

    at: int
    earliest: int
    latest: int
    difference: float
    low: float
    high: float
    p: float


def changes(values: Floats, *, alpha: float = ALPHA, margin: float = MARGIN) -> list[Change]:
    """Return the changes of a series in time's order, its values finite and in log units.

    Of the cuts of the optimal partition the weakest is taken out until all that are left hold.
    """
    cuts = list(partition(values))
    while cuts:
        found = _tested(values, cuts)
        weakest = max(found, key=lambda one: one[0].p)
        smallest = min(found, key=lambda one: one[1])
        if weakest[0].p > alpha:
            cuts.remove(weakest[0].at)
        elif smallest[1] < margin:
            cuts.remove(smallest[0].at)
        else:
            return [one for one, _ in found]
    return []


def partition(values: Floats, *, least: int = LEAST, penalty: float = PENALTY) -> tuple[int, ...]:
    """Return where the stretches of the optimal partition begin, the first one left out.

    Raises ValueError for a value that is not finite.
    """
    if not np.isfinite(values).all():
        raise ValueError("a value is not finite")
    return _partition(np.asarray(values, dtype=np.float64).tobytes(), least, penalty)


@lru_cache(maxsize=256)
def _partition(raw: bytes, least: int, penalty: float) -> tuple[int, ...]:
    """Return the partition of these values. A series, and its canary, are asked for several times
    in a row."""
    values = np.frombuffer(raw)
    n = len(values)
    if n < 2 * least:
        return ()
    cut = penalty * math.log(n) * noise_of(values) ** 2
    sums = np.concatenate(([0.0], np.cumsum(values)))
    best = np.full(n + 1, math.inf)
    best[0] = -cut
    begins = np.zeros(n + 1, dtype=np.int64)
    for end in range(least, n + 1):
        starts = np.arange(end - least + 1)
        # The squares of all values are the same in every partition, and left out.
        total = best[starts] + cut - (sums[end] - sums[starts]) ** 2 / (end - starts)
        begins[end] = int(np.argmin(total))
        best[end] = float(total[begins[end]])
    found: list[int] = []
    end = n
    while begins[end]:
        end = int(begins[end])
        found.append(end)
    return tuple(reversed(found))


def noise_of(values: Floats) -> float:
    """Return the deviation of a series from its levels, by the median difference of neighbours."""
    if len(values) < 2:
        return _LEAST_NOISE
    steps = np.abs(np.diff(values))
    return max(float(np.median(steps)) / (_MAD_OF_NORMAL * math.sqrt(2)), _LEAST_NOISE)


def _tested(values: Floats, cuts: list[int]) -> list[tuple[Change, float]]:
    """Return the change at each cut, and by how much the medians beside it differ."""
    edges = [0, *cuts, len(values)]
    parts = [values[a:b] for a, b in pairwise(edges)]
    residuals = np.concatenate([part - part.mean() for part in parts])
    freedom = len(values) - len(parts)
    factor = allow_for_order(residuals, _LEVEL).factor
    deviation = max(math.sqrt(float((residuals**2).sum()) / freedom) * factor, _LEAST_NOISE)
    found = []
    for number, at in enumerate(cuts):
        before, after = parts[number], parts[number + 1]
        difference = float(after.mean() - before.mean())
        error = deviation * math.sqrt(1 / len(before) + 1 / len(after))
        p = 2 * float(special.stdtr(freedom, -abs(difference / error)))
        reach = quantile(freedom, (1 + _LEVEL) / 2) * error
        earliest, latest = _range(np.concatenate((before, after)), deviation)
        change = Change(
            at=at,
            earliest=edges[number] + earliest,
            latest=edges[number] + latest,
            difference=difference,
            low=difference - reach,
            high=difference + reach,
            p=p * len(values),
        )
        found.append((change, abs(float(np.median(after) - np.median(before)))))
    return found


def _range(values: Floats, deviation: float) -> tuple[int, int]:
    """Return the first and the last place at which a cut of two stretches fits nearly as well."""
    places = np.arange(1, len(values))
    sums = np.cumsum(values)[:-1]
    rest = float(values.sum()) - sums
    explained = sums**2 / places + rest**2 / (len(values) - places)
    near = places[explained >= explained.max() - _RANGE * deviation**2]
    return int(near.min()), int(near.max())
