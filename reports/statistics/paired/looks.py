"""Planned looks: after half of the blocks and after all, with one error for both.

Who looks after every block and stops at p < .05 is wrong far more often than in 5 % of experiments.
Here the error is spent: up to the share t of the blocks at most 2 - 2 Φ(z / √t) of it, with z the
two-sided quantile of alpha (Lan and DeMets, Biometrika 70, 1983, of the form of O'Brien and
Fleming). The last look gets what makes the chance of either look crossing equal alpha, from the
bivariate normal distribution of the two statistics, whose correlation is √t. With Holm over several
arms each step divides both levels; the level of the last look holds for every step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from harness.core.lazy import LazyModule
from reports.core.types import Floats

if TYPE_CHECKING:
    from scipy import special
else:
    # Most commands never ask; scipy.stats, which is not needed, would cost three times as much.
    special = LazyModule("scipy.special")

_NODES = 64
_HALVINGS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """When to look, in whole blocks, and the two-sided alpha for all arms together there."""

    blocks: int
    alpha: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPlan:
    """How many blocks the budget allows, how many arms face the control, the promised alpha."""

    blocks: int
    arms: int = 1
    alpha: float = 0.05

    def looks(self) -> tuple[Look, ...]:
        """Return the looks in time's order.

        The first one is left out when the smallest p that half of the blocks can give, 2 / 2ⁿ, is
        above its alpha divided by the arms: that look could decide nothing. Raises ValueError
        without a block or an arm, or when alpha is not between 0 and 1.
        """
        if self.blocks < 1 or self.arms < 1 or not 0 < self.alpha < 1:
            raise ValueError(f"no plan: {self}")
        half = (self.blocks + 1) // 2
        first = spent(self.alpha, half / self.blocks)
        if half == self.blocks or 2.0 ** (1 - half) > first / self.arms:
            return (Look(blocks=self.blocks, alpha=self.alpha),)
        share = half / self.blocks
        last = min(_last(self.alpha, first, share, step) for step in range(1, self.arms + 1))
        return Look(blocks=half, alpha=first), Look(blocks=self.blocks, alpha=last)


def spent(alpha: float, share: float) -> float:
    """Return how much of a two-sided ``alpha`` may be spent at ``share`` (0 to 1) of the blocks."""
    z = -float(special.ndtri(alpha / 2))
    return float(2 * special.ndtr(-z / math.sqrt(share)))


def crossing(first: float, last: float, share: float) -> float:
    """Return the chance that a two-sided normal test is below ``first`` or then below ``last``.

    ``first`` and ``last`` are the alphas of the looks at ``share`` and at all of the blocks.
    """
    bound, final = (-float(special.ndtri(alpha / 2)) for alpha in (first, last))
    correlation = math.sqrt(share)
    apart = math.sqrt(1 - share)
    nodes, weights = _gauss_legendre()
    z = nodes * bound
    inside = special.ndtr((final - correlation * z) / apart)
    inside -= special.ndtr((-final - correlation * z) / apart)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return 1.0 - float((weights * density * inside).sum()) * bound


@lru_cache(maxsize=256)
def _last(alpha: float, first: float, share: float, step: int) -> float:
    """Return the alpha of the last look with which a step of Holm's crosses with alpha / step."""
    low, high = 0.0, alpha
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if crossing(first / step, middle / step, share) <= alpha / step:
            low = middle
        else:
            high = middle
    return low


@lru_cache(maxsize=1)
def _gauss_legendre() -> tuple[Floats, Floats]:
    """Return nodes and weights for an integral from -1 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes, weights
