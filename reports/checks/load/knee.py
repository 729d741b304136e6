"""The knee: the highest step of a search whose p95 is below the limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.ledger.kinds.network import LoadStepEnd, LoadStepStart
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.core.types import Floats
from reports.evidence.evidence import EVERY_WITNESS, Evidence
from reports.evidence.frame import LedgerFrames
from reports.evidence.generators import generator_trouble, service_ms
from reports.evidence.requests import response_ms
from reports.statistics.share import P95_SHARE, Decision, decide_share_below
from reports.verdict.verdict import Finding

KNEE_LIMIT_MS = 100.0
"""The roadmap's target, and the limit of the searches in the catalogue of workloads."""
_SLOWEST_MS = 10_000.0
"""A request is given up after this: a p95 of requests without an answer is no longer."""
SETTLING_SHARE = 0.2
"""The first fifth of a step belongs to the one before: its queue is still being worked off."""


@dataclass(frozen=True, slots=True)
class LoadStep:
    """A step of a search: offered impressions a second, and from when to when (monotonic ns)."""

    rate: float
    begin_ns: int
    end_ns: int


def steps_of(ledger: LedgerFrames) -> list[LoadStep]:
    """Return the steps that the generator recorded, lowest rate first."""
    network = ledger.network
    steps = []
    starts = of_kind(network, LoadStepStart).sort_values("mono_ns")
    ends = of_kind(network, LoadStepEnd).sort_values("mono_ns")
    for rate, begin, end in zip(starts["value"], starts["mono_ns"], ends["mono_ns"], strict=False):
        steps.append(LoadStep(float(rate), int(begin), int(end)))
    return sorted(steps, key=lambda step: step.rate)


@dataclass(frozen=True, slots=True)
class Knee:
    """Where the p95 reaches a limit: ``rate`` impressions a second lie between the steps ``below``
    and ``above`` it."""

    rate: float
    below: float
    above: float


def knee_of(ledger: LedgerFrames, limit_ms: float) -> Knee | str:
    """Return at which rate the response p95 reaches ``limit_ms``, or why that is not known.

    It lies between the last step below the limit and the next one, if that and the one after it,
    should there be one, are not below it: one slow step may be the machine's. Between the two the
    p95 is a straight line in logarithms. Each step is taken as measured, its settling left out.
    """
    sent = [(step, _own(ledger, step)) for step in steps_of(ledger)]
    measured = [(step, requests) for step, requests in sent if len(requests)]
    if not measured:
        return "no step of a search was recorded, or nothing was sent"
    p95s = [_p95(response_ms(requests)) for _, requests in measured]
    slow = [p95 >= limit_ms for p95 in p95s]
    last = len(slow) - 1
    found = [n for n in range(len(slow)) if slow[n] and (n == last or slow[n + 1])]
    if not found:
        highest = measured[-1][0].rate
        return f"every step up to {highest:,.0f} impressions/s has a p95 below {limit_ms:g} ms"
    [at, *_] = found
    above, requests = measured[at]
    if at == 0:
        return f"the lowest step, {above.rate:,.0f} impressions/s, has a p95 above {limit_ms:g} ms"
    if _p95(service_ms(requests).to_numpy(dtype=float)) < limit_ms:
        return f"at {above.rate:,.0f} impressions/s the generator was late, not the server"
    below = measured[at - 1][0].rate
    before_ms, after_ms = p95s[at - 1], min(p95s[at], _SLOWEST_MS)
    share = math.log(limit_ms / before_ms) / math.log(after_ms / before_ms)
    return Knee(below * (above.rate / below) ** share, below, above.rate)


@check(rests_on=EVERY_WITNESS)
def knee_found(evidence: Evidence, *, limit_ms: float) -> Finding:
    """A search found the rate at which the response p95 reaches ``limit_ms``, whatever it is."""
    knee = knee_of(evidence.ledger, limit_ms)
    if isinstance(knee, str):
        return no_evidence(knee)
    figures = Figures(measured=knee.rate, unit="impressions/s", n=len(steps_of(evidence.ledger)))
    return figures.passed(
        f"the p95 reaches {limit_ms:g} ms at {knee.rate:,.0f} impressions/s, between "
        f"{knee.below:,.0f} and {knee.above:,.0f}"
    )


@check(rests_on=EVERY_WITNESS)
def sustains(evidence: Evidence, *, limit_ms: float, at_least: float) -> Finding:
    """The target sustains ``at_least`` impressions a second with a response p95 below ``limit_ms``.

    Each step is decided as a latency target is; a step counts when it and every lower one are
    below the limit. It fails when a step at or below ``at_least`` is over it.
    """
    ledger = evidence.ledger
    steps = steps_of(ledger)
    if not steps or ledger.load.empty:
        return no_evidence("no step of a search was recorded, or nothing was sent")
    decisions = [_decide(ledger, step, limit_ms) for step in steps]
    kept = 0.0
    for step, decision in zip(steps, decisions, strict=True):
        if decision is not Decision.MET:
            break
        kept = step.rate
    over = [s.rate for s, d in zip(steps, decisions, strict=True) if d is Decision.MISSED]
    figures = Figures(measured=kept, target=at_least, unit="impressions/s", n=len(steps))
    sentence = _words(kept, over, steps, limit_ms)
    if kept >= at_least:
        return figures.passed(sentence)
    low = [rate for rate in over if rate <= at_least]
    trouble = generator_trouble(ledger)
    if low and not trouble:
        return figures.failed(sentence)
    if low:
        return figures.undecided(f"{'; '.join(trouble)}: {sentence}")
    if not any(step.rate <= at_least for step in steps):
        return figures.undecided(f"{sentence}; no step up to {at_least:,.0f} was tried")
    return figures.undecided(f"{sentence}; the steps up to {at_least:,.0f} are not all decided")


def _words(kept: float, over: Sequence[float], steps: Sequence[LoadStep], limit_ms: float) -> str:
    """Return in words how much is sustained and which step is too much."""
    if not kept:
        return (
            f"not even the lowest step, {steps[0].rate:,.0f} impressions/s, has a p95 below "
            f"{limit_ms:g} ms beyond doubt"
        )
    sentence = f"sustains {kept:,.0f} impressions/s with p95 < {limit_ms:g} ms"
    beyond = [rate for rate in over if rate > kept]
    if beyond:
        return f"{sentence}, {min(beyond):,.0f} no more"
    return f"{sentence}, the highest step that is decided of {len(steps)}"


def _decide(ledger: LedgerFrames, step: LoadStep, limit_ms: float) -> Decision:
    """Return whether the step's p95 is below the limit, its settling left out."""
    mine = _own(ledger, step)
    if mine.empty:
        return Decision.OPEN
    at_s = ledger.seconds(mine["scheduled_ns"]).to_numpy(dtype=float)
    over = np.asarray(response_ms(mine) >= limit_ms)
    return decide_share_below(over, P95_SHARE, at_s=at_s).decision


def _own(ledger: LedgerFrames, step: LoadStep) -> pd.DataFrame:
    """Return the requests that were due in a step, its settling left out."""
    load = ledger.load
    begin_ns = step.begin_ns + round(SETTLING_SHARE * (step.end_ns - step.begin_ns))
    return load[(load["scheduled_ns"] >= begin_ns) & (load["scheduled_ns"] < step.end_ns)]


def _p95(values_ms: Floats) -> float:
    return float(np.quantile(values_ms, 0.95, method="higher"))
