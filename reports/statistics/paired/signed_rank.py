"""The exact signed-rank test and its interval, for differences that are paired in blocks.

Under the null hypothesis each block's difference is as likely as its mirror image, so the sum of
the ranks of the positive ones has a distribution that can be counted: adding rank after rank
(dynamic programming) gives it exactly for any number of blocks, with ties too. Differences of equal
size share their mean rank; ranks are doubled, so they are whole numbers. Zeros keep their rank and
are left out of the sum (Pratt, JASA 54, 1959): dropped before ranking they could turn a larger
difference into a less certain one.

The interval holds every centre that the test does not reject: it goes from one Walsh average (mean
of a pair of blocks, a block with itself included) to another (Hodges and Lehmann, Annals of
Mathematical Statistics 34, 1963). Its centre is the pseudo-median, the median of the Walsh
averages. For symmetric differences that is the mean and the median; for skewed ones it is neither.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from reports.core.types import Floats, Ints


def p_value(d: Floats) -> float:
    """Return the exact two-sided p of "the differences lie symmetrically around zero".

    ``d``: log-ratios, one a block. Twice the smaller tail, at most 1; without blocks, or with
    zeros only, it is 1. Raises ValueError when a difference is not finite.
    """
    upper, lower = _tails(_finite(d))
    return min(1.0, 2 * min(upper, lower))


def one_sided_p(d: Floats, *, above: float) -> float:
    """Return the exact p of "the centre is at most ``above``", small when it lies above.

    ``d`` and ``above`` are in the same log units. For "the centre is at least x" pass ``-d`` and
    ``above=-x``. Raises ValueError when a difference is not finite.
    """
    return _tails(_finite(d) - above)[0]


def interval(d: Floats, level: float) -> tuple[float, float]:
    """Return the exact interval of the pseudo-median, in the log units of ``d``.

    It covers with at least ``level`` (0 to 1) if the differences are symmetric; ties only make it
    wider. With too few blocks for the level it is (-inf, inf): 95 % needs six. Raises ValueError
    when a difference is not finite.
    """
    averages = _walsh_averages(_finite(d))
    n = len(d)
    below = _cumulative(tuple(range(2, 2 * n + 2, 2)))[::2]
    rejected = int(np.searchsorted(below, (1 - level) / 2 * (1 + 1e-12)))
    if rejected == 0:
        return -np.inf, np.inf
    return float(averages[rejected - 1]), float(averages[-rejected])


def pseudo_median(d: Floats) -> float:
    """Return the median of the Walsh averages. Raises ValueError without blocks."""
    if len(d) == 0:
        raise ValueError("no blocks")
    return float(np.median(_walsh_averages(_finite(d))))


def blocks_for(alpha: float) -> int:
    """Return how many blocks the two-sided test needs to reach ``alpha`` at all: 2 / 2ⁿ ≤ alpha."""
    return int(np.ceil(1 - np.log2(alpha) - 1e-12))


def _finite(d: Floats) -> Floats:
    if not np.isfinite(d).all():
        raise ValueError("a difference is not finite")
    return d


def _walsh_averages(values: Floats) -> Floats:
    """Return the sorted means of all pairs, each value with itself too."""
    first, second = np.triu_indices(len(values))
    return np.sort((values[first] + values[second]) / 2)


def _tails(values: Floats) -> tuple[float, float]:
    """Return the chances of a rank sum at least, and at most, as large as the one observed."""
    ranks = _doubled_ranks(np.abs(values))
    counted = values != 0
    observed = int(ranks[values > 0].sum())
    below = _cumulative(tuple(sorted(ranks[counted].tolist())))
    upper = below[len(below) - 1 - observed]  # the distribution is symmetric
    return float(upper), float(below[observed])


def _doubled_ranks(sizes: Floats) -> Ints:
    """Return twice the mean ranks: values of equal size share one."""
    _, place, counts = np.unique(sizes, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    doubled: Ints = (2 * last - counts + 1)[place]
    return doubled


@lru_cache(maxsize=512)
def _cumulative(ranks: tuple[int, ...]) -> Floats:
    """Return P(sum ≤ s) for s from 0 on, when each rank is in the sum with chance one half."""
    chance = np.zeros(sum(ranks) + 1)
    chance[0] = 1.0
    for rank in ranks:
        chance[rank:] = (chance[rank:] + chance[:-rank]) / 2
        chance[:rank] /= 2
    return np.minimum(np.cumsum(chance), 1.0)
