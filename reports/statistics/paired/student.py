"""Student's paired t: the interval and the test that stand beside the signed-rank ones.

It speaks of the mean of the differences and is exact for normal ones; with outliers it is too wide,
with skewed differences too optimistic. Where it and the signed-rank interval lead to different
verdicts, neither is taken alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.core.lazy import LazyModule
from reports.core.types import Floats

if TYPE_CHECKING:
    from scipy import special
else:
    # Most commands never ask; scipy.stats, which is not needed, would cost three times as much.
    special = LazyModule("scipy.special")


def interval(d: Floats, level: float) -> tuple[float, float]:
    """Return the interval of the mean at ``level`` (0 to 1), in the log units of ``d``.

    With fewer than two blocks it is (-inf, inf).
    """
    n = len(d)
    if n < 2:
        return -math.inf, math.inf
    mean, error = _mean_and_error(d)
    width = quantile(n - 1, (1 + level) / 2) * error
    return mean - width, mean + width


def p_value(d: Floats) -> float:
    """Return the two-sided p of "the mean is zero"; 1 with fewer than two blocks.

    Differences that are all equal have no error: p is 1 when they are zero and 0 otherwise.
    """
    n = len(d)
    if n < 2:
        return 1.0
    mean, error = _mean_and_error(d)
    if error == 0:
        return 1.0 if mean == 0 else 0.0
    return float(2 * special.stdtr(n - 1, -abs(mean / error)))


def quantile(freedom: float, share: float) -> float:
    """Return the value that a t of ``freedom`` degrees stays below with chance ``share``."""
    return float(special.stdtrit(freedom, share))


def _mean_and_error(d: Floats) -> tuple[float, float]:
    return float(d.mean()), float(d.std(ddof=1)) / math.sqrt(len(d))
