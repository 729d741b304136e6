"""What somebody expected, held against what was measured: agrees, disagrees, or undecided."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.ledger.experiment import Hypothesis
from reports.core.types import Floats
from reports.statistics.paired import signed_rank
from reports.statistics.paired.decision import percent

LEVEL = 0.95

Agreement = Literal["agrees", "disagrees", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HypothesisResult:
    """A hypothesis with what was measured: in the figure's unit, or in percent of another arm.

    ``low`` to ``high`` is the exact 95 % interval of the pseudo-median; not finite without enough
    blocks. ``note`` says what was done where a figure is zero or less, which has no log.
    """

    hypothesis: Hypothesis
    agreement: Agreement
    measured: float
    low: float
    high: float
    blocks: int
    note: str = ""


def answer(hypothesis: Hypothesis, own: Floats, other: Floats | None) -> HypothesisResult:
    """Hold a hypothesis against an arm's figures by block, and those of the arm that it names.

    It agrees when the whole interval lies within its bounds, and disagrees when all of it lies
    beyond one of them.
    """
    scaled, shown, note = _scaled(own, other)
    scaled = scaled[np.isfinite(scaled)]
    if not len(scaled):
        nothing = float("nan")
        return HypothesisResult(
            hypothesis=hypothesis,
            agreement="undecided",
            measured=nothing,
            low=nothing,
            high=nothing,
            blocks=0,
            note=note,
        )
    centre = signed_rank.pseudo_median(scaled)
    low, high = signed_rank.interval(scaled, LEVEL)
    figures = [shown(v) if math.isfinite(v) else v for v in (centre, low, high)]
    return HypothesisResult(
        hypothesis=hypothesis,
        agreement=_agreement(hypothesis, figures[1], figures[2]),
        measured=figures[0],
        low=figures[1],
        high=figures[2],
        blocks=len(scaled),
        note=note,
    )


def _scaled(own: Floats, other: Floats | None) -> tuple[Floats, Callable[[float], float], str]:
    """Return what intervals are made of, by block, how one of them is shown, and a note.

    Logs, or log-ratios; where a figure is zero or less the figures themselves, or differences in
    percent of the other arm's median.
    """
    if other is None:
        if (own <= 0).any():
            return own, lambda value: value, "zero in some block: figures in place of their logs"
        return np.log(own), math.exp, ""
    both = np.isfinite(own) & np.isfinite(other)
    own, other = own[both], other[both]
    if not ((own <= 0).any() or (other <= 0).any()):
        return np.log(own) - np.log(other), percent, ""
    base = float(np.median(other))
    if base <= 0:
        return np.empty(0), percent, "the other arm's median is zero: there is no percentage of it"
    note = "zero in some block: differences in percent of the other arm's median"
    return 100 * (own - other) / base, lambda value: value, note


def _agreement(hypothesis: Hypothesis, low: float, high: float) -> Agreement:
    least = -math.inf if hypothesis.low is None else hypothesis.low
    most = math.inf if hypothesis.high is None else hypothesis.high
    if math.isinf(low) or math.isinf(high):
        return "undecided"
    if least <= low and high <= most:
        return "agrees"
    if high < least or low > most:
        return "disagrees"
    return "undecided"
