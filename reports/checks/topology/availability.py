"""Availability as an error budget: which fault spent how much of it."""

from __future__ import annotations

import math

import numpy as np

from harness.core.outcome import Outcome
from harness.ledger.kinds import LOAD, NETWORK
from reports.checks.base import Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.faults import fault_spans
from reports.verdict.verdict import Finding

DAY_S = 86_400.0


@check(rests_on={LOAD.name, NETWORK.name})
def error_budget(
    evidence: Evidence,
    *,
    objective: float,
    window_days: float,
    patience_s: float,
    least_faults: float,
) -> Finding:
    """The faults of the run are those of ``window_days`` days: they spent no more of the error
    budget than an ``objective`` (0 … 1) leaves for these days at the run's own rate.

    A request is good if it is acknowledged at its batch's first attempt, within ``patience_s`` of
    when it was due. Each that is not is spent on the fault during which it was due, or after whose
    end within ``patience_s``. With fewer than ``least_faults`` faults, or a budget of less than one
    request, nothing is decided.
    """
    load = evidence.ledger.load
    first = load[load["attempt"] == 1]
    if first.empty:
        return no_evidence("no load was sent")
    due_s = evidence.ledger.seconds(first["scheduled_ns"]).to_numpy(dtype=float)
    took_s = (first["done_ns"] - first["scheduled_ns"]).to_numpy(dtype=float) / 1e9
    good = (first["outcome"] == Outcome.ACKNOWLEDGED.value).to_numpy(dtype=bool)
    bad = ~(good & (took_s <= patience_s))
    lasted_s = float(due_s.max() - due_s.min())
    budget = (1 - objective) * len(first) / max(lasted_s, 1.0) * window_days * DAY_S
    spans = sorted(fault_spans(evidence.ledger), key=lambda span: span.start_s)
    left, by_fault = bad.copy(), list[tuple[int, str]]()
    for span in spans:
        end_s = math.inf if span.end_s is None else span.end_s + patience_s
        own = left & (due_s >= span.start_s) & (due_s <= end_s)
        left &= ~own
        by_fault.append((int(own.sum()), f"{span.name} at {span.start_s:.0f} s: {int(own.sum())}"))
    # Those that spent most first: of many faults not all are shown.
    lines = [line for _, line in sorted(by_fault, key=lambda one: -one[0])]
    spent = int(np.count_nonzero(bad))
    share = spent / budget if budget > 0 else math.inf
    figures = Figures(measured=100 * share, target=100.0, unit="%", n=len(first))
    sentence = (
        f"{spent} of {len(first)} requests were not good, {int(left.sum())} of them outside of the "
        f"{len(spans)} faults; {window_days:g} days at this rate may have {budget:.0f}: "
        f"{100 * share:.1f} % of the budget is spent"
    )
    if spent > budget >= 1:
        return figures.failed(sentence, examples=lines)
    if budget < 1 or len(spans) < least_faults:
        return figures.undecided(f"{sentence}; {least_faults:g} faults decide it")
    return figures.passed(sentence, examples=lines)
