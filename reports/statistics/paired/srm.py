"""Sample-ratio mismatch: do variants have the shares of users that they were given?

A variant that loses users, or their beacons, is judged on those that are left, so no metric of the
experiment can be believed. The usual bar is p < 0.001: the check is made often, and a true mismatch
of many users is far below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.core.lazy import LazyModule

if TYPE_CHECKING:
    from scipy import special
else:
    # Most commands never ask; scipy.stats, which is not needed, would cost three times as much.
    special = LazyModule("scipy.special")

MISMATCH_P = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatio:
    """The χ² p of the shares, whether it is a mismatch, and how many users were expected."""

    p: float
    mismatch: bool
    expected: Mapping[str, float]


def sample_ratio(counts: Mapping[str, int], shares: Mapping[str, float]) -> SampleRatio:
    """Return whether ``counts`` of exposed users fit the ``shares`` they were assigned with.

    Shares need not sum to 1. A variant without a count has zero users. Users of a variant that has
    no share are a mismatch of p 0. Raises ValueError when a share is negative or all are zero.
    """
    total_share = sum(shares.values())
    if total_share <= 0 or min(shares.values()) < 0:
        raise ValueError(f"no shares: {dict(shares)}")
    users = sum(counts.values())
    expected = {name: users * share / total_share for name, share in shares.items()}
    planned = {name: n for name, n in expected.items() if n > 0}
    if any(n > 0 and name not in planned for name, n in counts.items()):
        return SampleRatio(p=0.0, mismatch=True, expected=expected)
    statistic = sum((counts.get(name, 0) - n) ** 2 / n for name, n in planned.items())
    p = float(special.chdtrc(len(planned) - 1, statistic)) if len(planned) > 1 else 1.0
    return SampleRatio(p=p, mismatch=p < MISMATCH_P, expected=expected)
