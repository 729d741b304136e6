"""Faults of single parts: did the engines notice, and did a client?"""

from __future__ import annotations

import math

from harness.core.outcome import Outcome
from harness.ledger.kinds import LOAD, TOPOLOGY
from harness.ledger.kinds.monitoring.topology import (
    BalancedServerState,
    PartSilent,
    PoolerState,
    ReplicaState,
    TopologyRow,
)
from harness.ledger.kinds.network import FaultInjecting
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.evidence.evidence import Evidence
from reports.evidence.faults import fault_spans, whole_span
from reports.verdict.verdict import Finding

_UP = ("UP", "no")
"""As HAProxy calls a server that takes requests, with a health check and without one."""
AWAY = "away"
"""The state of a replica of which its primary knows nothing."""


@check(instrument=True, rests_on={TOPOLOGY.name})
def part_was_out(evidence: Evidence, *, part: str) -> Finding:
    """From when the fault was begun to its end the witness of a part saw that it was out: the
    balancer took the server ``part`` for none that is up; the ``balancer``, the ``pooler`` or the
    ``replica`` did not answer, clients waited for the pooler, or the replica was behind its primary
    or cut off from it. A fault that no one noticed tried nothing.
    """
    span = whole_span(evidence.ledger, FaultInjecting)
    if span is None:
        return no_evidence("the ledger holds no whole fault span")
    rows = of_kind(evidence.ledger.topology, TopologyRow)
    rows = rows[(rows["part"] == part) & rows["mono_ns"].between(*span)]
    states = of_kind(rows, BalancedServerState)
    out = len(of_kind(rows, PartSilent))
    out += int((~states["status"].isin(_UP)).sum())
    out += int((of_kind(rows, PoolerState)["waiting"] > 0).sum())
    replica = of_kind(rows, ReplicaState)
    out += int(((replica["behind"] > 0) | (replica["status"] == AWAY)).sum())
    figures = Figures(measured=out, target=1, unit="looks", n=len(rows))
    if not out:
        return figures.undecided(f"{part} was never seen to be out in {len(rows)} looks")
    return figures.passed(f"{part} was out in {out} of {len(rows)} looks")


@check(rests_on={LOAD.name})
def every_flush_succeeded(evidence: Evidence, *, least_in_fault: float = 0) -> Finding:
    """Every request of the load was acknowledged, at its first attempt.

    ``least_in_fault`` of them must have been sent while a fault lasted: with fewer nothing is
    decided.
    """
    load = evidence.ledger.load
    if load.empty:
        return no_evidence("no load was sent")
    failed = load[load["outcome"] != Outcome.ACKNOWLEDGED.value]
    figures = Figures(measured=len(failed), target=0, unit="requests", n=len(load))
    if len(failed):
        named = failed.head(EXAMPLES_MAX)
        return figures.failed(
            f"{len(failed)} of {len(load)} requests were not acknowledged",
            examples=[
                f"{outcome} with status {status:.0f}"
                for outcome, status in zip(named["outcome"], named["status"], strict=True)
            ],
        )
    sent_s = evidence.ledger.seconds(load["sent_ns"])
    within = sum(
        int(sent_s.between(span.start_s, math.inf if span.end_s is None else span.end_s).sum())
        for span in fault_spans(evidence.ledger)
    )
    sentence = f"all {len(load)} requests were acknowledged, {within} of them during a fault"
    return figures.undecided(sentence) if within < least_in_fault else figures.passed(sentence)
