"""What makes blocks less than independent: their order in time, and the slot inside a block.

Pairing removes drift that the arms of a block share. What one arm alone suffers from for a while
stays in the differences and makes neighbours alike; then every interval is too narrow, and averages
of two or three neighbours are too: of blocks that keep half of their neighbour's deviation, 16 and
11 % of such intervals at 95 % leave the truth out where 25 % did before. So ``allow_for_order``
estimates how many independent blocks the data are worth and stretches them accordingly.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from reports.core.types import Floats, Ints
from reports.statistics.paired.permutation import orders, share_at_least, within_blocks
from reports.statistics.paired.student import quantile

CORRECTED_BELOW_P = 0.5
"""Above it the order looks at least as random as the average shuffled one, and nothing is done."""
_ERRORS_ADDED = 0.35
_CORRELATION_MAX = 0.7
_FREEDOM_MIN = 4.0
"""Without these two bounds a chance pattern of eleven blocks widens an interval 400 times, and an
arm at a quarter of the control in each of them stays undecided. They cost little where neighbours
keep half of a deviation; ``benchmarks/experiments`` measures it."""
_BLOCKS_MIN = 5


class Lag1(NamedTuple):
    """The correlation of neighbours (-1 to 1), and the chance of one at least as large."""

    r: float
    p: float


_NO_ORDER = Lag1(0.0, 1.0)


class Allowance(NamedTuple):
    """By which factor deviations are stretched, and how many independent blocks these are worth."""

    factor: float
    worth: float
    lag1: Lag1


class SlotEffect(NamedTuple):
    """What each slot adds, in log units with mean zero, and the p of "slots do not matter"."""

    effects: Floats
    p: float


def lag1(d: Floats) -> Lag1:
    """Return the lag-1 autocorrelation of differences in time's order, with a permutation p.

    The p is one-sided: only neighbours that are alike make intervals too narrow. All orders of up
    to seven blocks are tried, a fixed 1,999 of more. Without variation, or with fewer than three
    blocks, r is 0 and p is 1.
    """
    if len(d) < 3:
        return _NO_ORDER
    centred = d - d.mean()
    squares = float((centred**2).sum())
    if squares <= 1e-24 * float((d**2).sum()):
        return _NO_ORDER
    arranged = centred[orders(len(d))]
    r = (arranged[:, 1:] * arranged[:, :-1]).sum(axis=1) / squares
    return Lag1(float(r[0]), share_at_least(r))


def super_blocks(d: Floats, k: int) -> Floats:
    """Return the means of ``k`` consecutive blocks; the earliest that fill none are left out.

    Raises ValueError when ``k`` is below 1.
    """
    if k < 1:
        raise ValueError(f"{k} blocks make no super-block")
    count = len(d) // k
    means: Floats = d[len(d) - count * k :].reshape(count, k).mean(axis=1)
    return means


def allow_for_order(d: Floats, level: float) -> Allowance:
    """Return what an interval of ``level`` should allow for the order of the blocks.

    r is corrected for its bias in short series, (n r + 1) / (n - 4) (Kendall, Biometrika 41, 1954),
    and ``_ERRORS_ADDED`` of its standard error, because one that comes out too small is the
    dangerous one. With ρ of that kind the variance of a mean grows by (1 + ρ) / (1 - ρ), the sample
    variance shrinks, and the blocks are worth n (1 - ρ) / (1 + ρ), which a t quantile of fewer
    degrees of freedom reflects: the factor is the product of all three. Fewer than five blocks,
    which no interval here comes from, get none.
    """
    n = len(d)
    found = lag1(d)
    if n < _BLOCKS_MIN or found.p >= CORRECTED_BELOW_P:
        return Allowance(1.0, float(n), found)
    likely = (n * found.r + 1) / (n - 4) + _ERRORS_ADDED / math.sqrt(n)
    rho = min(max(likely, 0.0), _CORRELATION_MAX)
    grown = (1 + rho) / (1 - rho)
    factor = math.sqrt(grown * (n - 1) / max(n - grown, 1.0))
    share = (1 + level) / 2
    factor *= quantile(max(n / grown - 1, _FREEDOM_MIN), share) / quantile(n - 1, share)
    return Allowance(factor, n / grown, found)


def stretched(d: Floats, centre: float, factor: float) -> Floats:
    """Return the differences with their deviations from ``centre`` times ``factor``."""
    return centre + factor * (d - centre)


def slot_effect(log_values: Floats, slots: Ints) -> SlotEffect:
    """Return what the place in a block adds, from the same data that compare the arms.

    Both arrays are blocks x arms: the log of the metric, and the slot from 0 on in which the arm
    ran. Least squares after blocks and arms are removed; p comes from shuffling slots within
    blocks, as the design did. Raises ValueError when the order never changes: then slot and arm are
    one.
    """
    values = _double_centred(log_values)
    arranged = within_blocks(slots)
    number = int(slots.max()) + 1
    held = [_double_centred(np.where(arranged == slot, 1.0, 0.0)) for slot in range(number)]
    places = np.stack(held, -1).reshape(len(arranged), slots.size, number)
    products = places.swapaxes(1, 2) @ places
    if int(np.linalg.matrix_rank(products[0], tol=1e-9)) < number - 1:
        raise ValueError("slots and arms are not separable: the order never changes")
    along = places.swapaxes(1, 2) @ values.ravel()
    effects = (np.linalg.pinv(products, rcond=1e-9) @ along[..., None])[..., 0]
    return SlotEffect(effects[0], share_at_least((effects * along).sum(axis=1)))


def slot_bias(effects: Floats, arm_slots: Ints, control_slots: Ints) -> float:
    """Return by how much slots shift the mean log-ratio of an arm to the control, in log units.

    ``arm_slots`` and ``control_slots`` hold the slot of each in every block; where both were in
    each slot equally often it is zero.
    """
    return float((effects[arm_slots] - effects[control_slots]).mean())


def _double_centred(values: Floats) -> Floats:
    """Return the values with the means of blocks and of arms (the last two axes) removed."""
    in_blocks = values - values.mean(axis=-1, keepdims=True)
    centred: Floats = in_blocks - in_blocks.mean(axis=-2, keepdims=True)
    return centred
