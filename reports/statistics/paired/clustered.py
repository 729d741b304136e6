"""Means of events by variant when users were assigned: the user is the unit.

A user's events are alike, so ten thousand events of a hundred users are worth far fewer than ten
thousand. A mean of events is a ratio of two sums over users, and its error follows from how users
deviate from it: the delta method (Deng, Knoblich and Lu, KDD 2018), which for such a mean is the
cluster-robust error. Degrees of freedom are Welch's, with users as observations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.core.lazy import LazyModule
from reports.core.types import Floats

if TYPE_CHECKING:
    from scipy import special
else:
    # Most commands never ask; scipy.stats, which is not needed, would cost three times as much.
    special = LazyModule("scipy.special")

USERS_MIN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredDifference:
    """A variant's mean less the control's, in the metric's unit, with its interval at ``level``.

    ``log_ratio`` and its bounds are the same comparison as a ratio; NaN unless both means are above
    zero.
    """

    estimate: float
    low: float
    high: float
    level: float
    p: float
    log_ratio: float
    log_low: float
    log_high: float


def difference_of_means(
    variant: tuple[Floats, Floats], control: tuple[Floats, Floats], *, level: float = 0.95
) -> ClusteredDifference:
    """Return the difference of two means of events from each user's sum and number of events.

    Each of ``variant`` and ``control`` is (sums, counts), one of each a user. Raises ValueError
    with fewer than two users of either, or without events.
    """
    mean, error, users = _mean_and_error(*variant)
    other, other_error, others = _mean_and_error(*control)
    estimate = mean - other
    width, p = _width_and_p(estimate, (error, users), (other_error, others), level)
    log_ratio = log_width = math.nan
    if mean > 0 and other > 0:
        log_ratio = math.log(mean / other)
        relative = (error / mean, users), (other_error / other, others)
        log_width, _ = _width_and_p(log_ratio, *relative, level)
    return ClusteredDifference(
        estimate=estimate,
        low=estimate - width,
        high=estimate + width,
        level=level,
        p=p,
        log_ratio=log_ratio,
        log_low=log_ratio - log_width,
        log_high=log_ratio + log_width,
    )


def _mean_and_error(sums: Floats, counts: Floats) -> tuple[float, float, int]:
    """Return the mean of events, its error with users as units, and the number of users."""
    users, events = len(sums), float(counts.sum())
    if users < USERS_MIN or events <= 0:
        raise ValueError(f"{users} users with {events:.0f} events have no interval")
    mean = float(sums.sum()) / events
    squares = float(((sums - mean * counts) ** 2).sum())
    return mean, math.sqrt(users / (users - 1) * squares) / events, users


def _width_and_p(
    difference: float, one: tuple[float, int], other: tuple[float, int], level: float
) -> tuple[float, float]:
    """Return half the interval's width and the two-sided p, from errors and numbers of users."""
    variance = one[0] ** 2 + other[0] ** 2
    error = math.sqrt(variance)
    if error == 0:
        return 0.0, 1.0 if difference == 0 else 0.0
    freedom = variance**2 / sum(side**4 / (users - 1) for side, users in (one, other))
    width = float(special.stdtrit(freedom, (1 + level) / 2)) * error
    return width, float(2 * special.stdtr(freedom, -abs(difference) / error))
