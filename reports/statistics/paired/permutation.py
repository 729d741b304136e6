"""Permutations: what a statistic would be if an order, or labels within blocks, meant nothing.

The draws come from a fixed seed, so the same data give the same p. The observed arrangement counts
as one of them, so no p is zero (Phipson and Smyth, 2010).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import permutations

import numpy as np

from harness.core.clock import seeded_random
from reports.core.types import Floats, Ints

DRAWS = 1_999
_ENUMERATED_MAX = 7
_NOISE = 1e-9


def generator(purpose: str, seed: int = 0) -> np.random.Generator:
    """Return numpy's generator for one purpose; the same seed and purpose give the same draws."""
    return np.random.default_rng(seeded_random(seed, purpose).getrandbits(64))


@lru_cache(maxsize=64)
def orders(n: int) -> Ints:
    """Return orders of ``n`` things, one a row, the first as they stand; up to seven all."""
    if n <= _ENUMERATED_MAX:
        return np.array(list(permutations(range(n))))
    draws = generator(f"orders {n}").random((DRAWS, n)).argsort(axis=1)
    return np.vstack([np.arange(n), draws])


def within_blocks(labels: Ints) -> Ints:
    """Return the labels (blocks x places) as they are, then ``DRAWS`` times shuffled in blocks."""
    blocks, places = labels.shape
    chance = generator(f"within blocks {blocks} {places}")
    draws = chance.random((DRAWS, blocks, places)).argsort(axis=2)
    shuffled = np.take_along_axis(np.broadcast_to(labels, draws.shape), draws, axis=2)
    return np.concatenate([labels[np.newaxis], shuffled])


def share_at_least(statistics: Floats) -> float:
    """Return the share of the arrangements whose statistic reaches the first one's."""
    reached = statistics >= statistics[0] - _NOISE * max(1e-12, abs(float(statistics[0])))
    return float(reached.mean())
