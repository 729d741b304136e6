"""What a series owes to the machine, by a canary that was timed beside it.

The canary measures the machine and nothing else. Where a series follows it, that part is taken out;
where it does not, taking it out would only add the canary's noise. Both are looked at without
their changes of level: a regression that happened while the machine changed would look alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from harness.core.lazy import LazyModule
from reports.core.types import Floats
from reports.statistics.history.changes import partition

if TYPE_CHECKING:
    from scipy import special
else:
    # Most commands never ask; scipy.stats, which is not needed, would cost three times as much.
    special = LazyModule("scipy.special")

NIGHTS_MIN = 10
SIGNIFICANT_P = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A series without what it owes to the machine; ``slope`` is how much of the canary's
    deviation it follows (0 to 1), ``r`` and ``p`` are those of their correlation."""

    values: Floats
    slope: float
    r: float
    p: float


def without_machine(values: Floats, canary: Floats) -> Followed | None:
    """Return the series (log units) without the machine's part; None where it follows no canary.

    Ten nights with both are the least; a night without a canary is NaN there and stays as it is.
    """
    both = np.isfinite(canary)
    if int(both.sum()) < NIGHTS_MIN:
        return None
    own, machine = _level(values[both]), _level(canary[both])
    spread = math.sqrt(float((own**2).sum() * (machine**2).sum()))
    if spread <= 0:
        return None
    r = float((own * machine).sum()) / spread
    freedom = int(both.sum()) - 2
    t = r * math.sqrt(freedom / max(1 - r * r, 1e-12))
    p = float(special.stdtr(freedom, -t))
    if p > SIGNIFICANT_P:
        return None
    slope = min(1.0, float((own * machine).sum() / (machine**2).sum()))
    moved = np.where(both, canary - float(np.median(canary[both])), 0.0)
    return Followed(values=values - slope * moved, slope=slope, r=r, p=p)


def _level(values: Floats) -> Floats:
    """Return the deviations from the levels of the series."""
    edges = [0, *partition(values), len(values)]
    parts = [values[a:b] for a, b in pairwise(edges)]
    levels: Floats = np.concatenate([part - part.mean() for part in parts])
    return levels
