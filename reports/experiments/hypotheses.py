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
    blocks.
    """

    hypothesis: Hypothesis
    agreement: Agreement
    measured: float
    low: float
    high: float
    blocks: int


def answer(hypothesis: Hypothesis, own: Floats, other: Floats | None) -> HypothesisResult:
    """Hold a hypothesis against an arm's figures by block, and those of the arm that it names.

    It agrees when the whole interval lies within its bounds, and disagrees when all of it lies
    beyond one of them.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(own) - (0.0 if other is None else np.log(other))
    logs = logs[np.isfinite(logs)]
    if not len(logs):
        nothing = float("nan")
        return HypothesisResult(
            hypothesis=hypothesis,
            agreement="undecided",
            measured=nothing,
            low=nothing,
            high=nothing,
            blocks=0,
        )
    shown: Callable[[float], float] = math.exp if other is None else percent
    centre = signed_rank.pseudo_median(logs)
    low, high = signed_rank.interval(logs, LEVEL)
    figures = [shown(v) if math.isfinite(v) else v for v in (centre, low, high)]
    return HypothesisResult(
        hypothesis=hypothesis,
        agreement=_agreement(hypothesis, figures[1], figures[2]),
        measured=figures[0],
        low=figures[1],
        high=figures[2],
        blocks=len(logs),
    )


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
