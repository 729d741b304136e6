"""How the offered rate moves over a workload: straight pieces, in multiples of a base rate.

``arrivals`` turns a shape into moments. With ``even`` the n-th view comes when n and a half views
were due; with ``poisson`` they are as many independent moments, each as likely as
the rate is high: a Poisson process of that rate, given its number of arrivals. Both are inverse
transforms of the cumulative rate (Çınlar, *Introduction to Stochastic Processes*, 1975).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SHAPES = ("steady", "burst", "ramp", "spike", "steps")
ARRIVALS = ("even", "poisson")

_BURST_PERIOD_S = 10.0
_BURST_SHARE = 0.2  # a fifth of the time at four times the rate, the rest at a quarter of it
_BURST_HIGH, _BURST_LOW = 4.0, 0.25
_DRAWS_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """``seconds`` during which the rate goes in a straight line between two multiples."""

    seconds: float
    start: float
    end: float


def pieces_of(
    shape: str, span_s: float, *, peak: float, step_s: float, step_factor: float
) -> tuple[Piece, ...]:
    """Return the shape over ``span_s`` seconds.

    *steady*: the base rate. *burst*: in every ten seconds two at four times the rate, then a
    quarter of it: the same mean. *ramp*: from nothing to ``peak`` times the rate. *spike*: the
    middle fifth at ``peak`` times the rate. *steps*: ``step_s`` seconds each, every one
    ``step_factor`` times the one before.
    """
    if shape == "burst":
        return tuple(_bursts(span_s))
    if shape == "ramp":
        return (Piece(seconds=span_s, start=0.0, end=peak),)
    if shape == "spike":
        calm = Piece(seconds=span_s * 0.4, start=1.0, end=1.0)
        return (calm, Piece(seconds=span_s * 0.2, start=peak, end=peak), calm)
    if shape == "steps":
        count = max(1, round(span_s / step_s))
        levels = [step_factor**n for n in range(count)]
        return tuple(Piece(seconds=span_s / count, start=x, end=x) for x in levels)
    return (Piece(seconds=span_s, start=1.0, end=1.0),)


def _bursts(span_s: float) -> Iterator[Piece]:
    left_s = span_s
    while left_s > 1e-9:
        high_s = min(left_s, _BURST_PERIOD_S * _BURST_SHARE)
        yield Piece(seconds=high_s, start=_BURST_HIGH, end=_BURST_HIGH)
        left_s -= high_s
        low_s = min(left_s, _BURST_PERIOD_S * (1 - _BURST_SHARE))
        if low_s > 1e-9:
            yield Piece(seconds=low_s, start=_BURST_LOW, end=_BURST_LOW)
        left_s -= low_s


class Cumulative:
    """How many views are due by a moment, and by which moment a number of them is."""

    def __init__(self, pieces: tuple[Piece, ...], rate_per_s: float) -> None:
        self._seconds = np.array([piece.seconds for piece in pieces])
        self._from = np.array([piece.start * rate_per_s for piece in pieces])
        self._to = np.array([piece.end * rate_per_s for piece in pieces])
        self._began = np.concatenate(([0.0], np.cumsum(self._seconds)))
        views = (self._from + self._to) / 2 * self._seconds
        self._due = np.concatenate(([0.0], np.cumsum(views)))

    @property
    def total(self) -> float:
        """Return how many views are due by the end."""
        return float(self._due[-1])

    def moments(self, due: Floats) -> Floats:
        """Return the moments, in seconds, by which each of these numbers of views is due; beyond
        ``total`` the last piece goes on."""
        piece = np.clip(
            np.searchsorted(self._due, due, side="right") - 1, 0, len(self._seconds) - 1
        )
        rest = due - self._due[piece]
        rate, slope = self._from[piece], (self._to - self._from)[piece] / self._seconds[piece]
        # rate · x + slope · x² / 2 = rest; this form of the root holds for a slope of 0 too.
        root = np.sqrt(np.maximum(rate * rate + 2 * slope * rest, 0.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            into = np.where(rest > 0, 2 * rest / (rate + root), 0.0)
        moments: Floats = self._began[piece] + into
        return moments


def whole(due: float) -> int:
    """Return the arrivals that bring a total; rates are not exact to the last digit."""
    return max(1, math.ceil(due * (1 - 1e-6)))


def arrivals(
    cumulative: Cumulative, kind: str, chance: np.random.Generator, extra: int = 0
) -> Iterator[Floats]:
    """Yield the moments of all views in order, a few ten thousand at a time.

    Even arrivals go on for ``extra`` more at the last rate. A Poisson process is conditioned on
    its number of arrivals, so that a workload has the same total with every seed.
    """
    count = whole(cumulative.total)
    if kind == "even":
        step = cumulative.total / count
        count += extra
        for first in range(0, count, _DRAWS_AT_ONCE):
            last = min(count, first + _DRAWS_AT_ONCE)
            numbers = np.arange(first, last, dtype=np.float64)
            yield cumulative.moments(np.asarray((numbers + 0.5) * step, dtype=np.float64))
        return
    # The order statistics of ``count`` uniform moments, one after the other: 1 - U is a product of
    # independent powers (Rényi 1953), so their logarithm is a sum that can be taken in pieces.
    log_left = 0.0
    for first in range(0, count, _DRAWS_AT_ONCE):
        still = np.arange(count - first, max(0, count - first - _DRAWS_AT_ONCE), -1)
        logs = log_left - np.cumsum(chance.standard_exponential(len(still)) / still)
        log_left = float(logs[-1])
        due: Floats = -np.expm1(logs) * cumulative.total
        yield cumulative.moments(due)
