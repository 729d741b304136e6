"""The newest values against those before them: is it chance, after one night?

No method dates a change by a single value after it. What one value can say is whether it lies where
the next one of the same series would: within Student's prediction interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.core.lazy import LazyModule
from reports.core.types import Floats
from reports.statistics.history.changes import ALPHA, MARGIN
from reports.statistics.paired.dependence import allow_for_order
from reports.statistics.paired.student import quantile

if TYPE_CHECKING:
    from scipy import special
else:
    # Most commands never ask; scipy.stats, which is not needed, would cost three times as much.
    special = LazyModule("scipy.special")

BEFORE_MIN = 6
"""Fewer values say too little of how the next one may differ."""
NEWEST_MAX = 2
"""More values are a stretch of their own, which a change point dates."""
_LEVEL = 0.95
_LEAST_DEVIATION = 1e-9
_FREEDOM_MIN = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprise:
    """How far the mean of the ``newest`` values lies from those before, in log units.

    ``low`` and ``high`` hold the difference with 95 %, as the noise of both allows.
    """

    newest: int
    difference: float
    low: float
    high: float
    p: float


def predicted(before: Floats, newest: Floats, *, worth: float | None = None) -> Surprise | None:
    """Return how the mean of new values compares with what the series predicts; None with fewer
    than six values before, or without a new one.

    ``worth`` is how many independent values those before are worth, by default what their order
    says. Where neighbours are alike by ρ the mean is known less well, the sample's variance is too
    small, and it has n (1 - ρ²) / (1 + ρ²) - 1 degrees of freedom; one new value varies as ever.
    """
    n, m = len(before), len(newest)
    if n < BEFORE_MIN or not m:
        return None
    worth = allow_for_order(before, _LEVEL).worth if worth is None else worth
    grown = n / worth
    alike = (grown - 1) / (grown + 1)
    variance = float(before.var(ddof=1)) * (n - 1) / (n - grown)
    deviation = max(math.sqrt(variance), _LEAST_DEVIATION)
    together = 1 / m + alike * (m - 1) / m
    error = deviation * math.sqrt(1 / worth + together)
    freedom = max(n * (1 - alike**2) / (1 + alike**2) - 1, _FREEDOM_MIN)
    difference = float(newest.mean() - before.mean())
    reach = quantile(freedom, (1 + _LEVEL) / 2) * error
    return Surprise(
        newest=m,
        difference=difference,
        low=difference - reach,
        high=difference + reach,
        p=2 * float(special.stdtr(freedom, -abs(difference / error))),
    )


def suspect(values: Floats, *, alpha: float = ALPHA, margin: float = MARGIN) -> Surprise | None:
    """Return the surprise at the end of a series without a change, None if there is none.

    The last value and the mean of the last two are looked at, each at half of ``alpha``; both of
    two must lie beyond ``margin`` on the same side, or the last one has come back.
    """
    for newest in (2, 1):
        if len(values) < BEFORE_MIN + newest:
            continue
        moved = values[-newest:] - values[:-newest].mean()
        if not ((moved >= margin).all() or (moved <= -margin).all()):
            continue
        found = predicted(values[:-newest], values[-newest:])
        if found is not None and found.p <= alpha / NEWEST_MAX:
            return found
    return None
