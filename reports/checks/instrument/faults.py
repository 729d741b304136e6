"""Was the fault live for as long as planned?"""

from __future__ import annotations

from dataclasses import replace

from harness.core.outcome import Outcome
from reports.checks.base import Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.verdict.verdict import Finding


@check()
def fault_was_live(evidence: Evidence, *, lasting_s: float, felt_least: float = 1) -> Finding:
    """The fault bit from its start to its end, for as long as planned, and the client felt it.

    A sentinel looked through the clients' path after injection and before healing; at least
    ``felt_least`` of the recorder's own attempts must have failed meanwhile, or the cell proves
    nothing. It is 0 only for a recorder that by its rules sends nothing while the fault lasts.
    """
    ledger = evidence.ledger
    network = ledger.network
    starts = network[network["kind"] == "fault_start"]["mono_ns"]
    ends = network[network["kind"] == "fault_end"]["mono_ns"]
    if starts.empty or ends.empty:
        return no_evidence("the ledger holds no whole fault span")
    began, ended = int(starts.min()), int(ends.max())
    lasted_s = (ended - began) / 1e9
    figures = Figures(measured=lasted_s, target=lasting_s, unit="s")
    if (network["kind"] == "sentinel_unharmed").any():
        seen = network[network["kind"] == "sentinel_unharmed"]["detail"].iloc[0]
        return figures.undecided(f"the sentinel was not harmed: {seen}")
    bitten = int((network["kind"] == "sentinel_bitten").sum())
    if bitten < 2:
        return replace(figures, n=bitten).undecided("no sentinel looked at both ends of the fault")
    if lasted_s < lasting_s:
        return replace(figures, n=bitten).undecided(f"the fault lasted {lasted_s:.2f} s only")
    trouble = ledger.client[ledger.client["kind"].isin(["unknown", "beacon_refused"])]
    felt = int(trouble["mono_ns"].between(began, ended).sum())
    failed_load = ledger.load[ledger.load["outcome"] == Outcome.UNKNOWN.value]
    felt += int(failed_load["done_ns"].between(began, ended).sum())
    if felt < felt_least:
        return replace(figures, n=felt).undecided("no client felt the fault")
    return replace(figures, n=felt).passed(f"live for {lasted_s:.2f} s, felt by {felt} attempts")
