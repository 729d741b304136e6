"""Faults: live for as long as planned, and felt."""

from __future__ import annotations

from dataclasses import replace

from harness.core.outcome import Outcome
from harness.ledger.kinds.client import BeaconRefused, Unanswered
from harness.ledger.kinds.network import SentinelBitten, SentinelUnharmed
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import is_kind, of_kind
from reports.evidence.evidence import Evidence
from reports.evidence.faults import whole_span
from reports.verdict.verdict import Finding


@check(instrument=True)
def fault_was_live(evidence: Evidence, *, lasting_s: float, felt_least: float = 1) -> Finding:
    """The fault was live for ``lasting_s``, from its start to its end, and clients felt it.

    A sentinel tried the clients' path after injection and before healing. At least ``felt_least``
    attempts must have failed meanwhile, or the cell proves nothing; it is 0 only for a recorder
    that by its rules sends nothing while the fault lasts.
    """
    ledger, span = evidence.ledger, whole_span(evidence.ledger)
    if span is None:
        return no_evidence("the ledger holds no whole fault span")
    network, lasted_s = ledger.network, (span[1] - span[0]) / 1e9
    figures = Figures(measured=lasted_s, target=lasting_s, unit="s")
    unharmed = of_kind(network, SentinelUnharmed)["detail"]
    if len(unharmed):
        return figures.undecided(f"the sentinel was not harmed: {unharmed.iloc[0]}")
    bitten = int(is_kind(network, SentinelBitten).sum())
    figures = replace(figures, n=bitten)
    if bitten < 2:
        return figures.undecided("no sentinel tried both ends of the fault")
    if lasted_s < lasting_s:
        return figures.undecided(f"the fault lasted {lasted_s:.2f} s only")
    trouble = of_kind(ledger.client, Unanswered, BeaconRefused)
    felt = int(trouble["mono_ns"].between(*span).sum())
    failed_load = ledger.load[ledger.load["outcome"] == Outcome.UNKNOWN.value]
    felt += int(failed_load["done_ns"].between(*span).sum())
    figures = replace(figures, n=felt)
    if felt < felt_least:
        return figures.undecided("no client felt the fault")
    return figures.passed(f"live for {lasted_s:.2f} s, felt by {felt} attempts")
