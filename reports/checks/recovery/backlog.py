"""The queue of a page while the network is broken, and how it empties afterwards."""

from __future__ import annotations

import math
from dataclasses import replace

from harness.ledger.kinds.client import Acknowledged
from harness.ledger.kinds.network import LineEnd, LineStart
from harness.ledger.kinds.viewer import ViewShown
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import is_kind, of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.faults import whole_span
from reports.evidence.pages import (
    ids_of,
)
from reports.verdict.verdict import Finding


@check(needs={Capability.QUEUE_DEPTH})
def queue_peaked(evidence: Evidence, *, least: float) -> Finding:
    """During the fault, or the bad line where there was no fault, a queue grew to ``least`` ids."""
    ledger = evidence.ledger
    client, span = ledger.client, whole_span(ledger) or whole_span(ledger, LineStart, LineEnd)
    if span is None:
        return no_evidence("the ledger holds no whole span of a fault or a line")
    during = client[client["mono_ns"].between(*span)]
    depths = during["queue_depth"].dropna()
    if depths.empty:
        return no_evidence("no page reported its queue while the fault lasted")
    peak = int(depths.max())
    figures = Figures(measured=peak, target=least, unit="ids", n=len(depths))
    if peak < least:
        return figures.failed(f"the queue never held more than {peak} ids")
    return figures.passed(f"the queue grew to {peak} ids")


@check(needs={Capability.PAGE_EVENTS})
def mass_flush(evidence: Evidence, *, within_s: float) -> Finding:
    """What waited when the fault ended left in one go.

    From the first answer to the last of it no more than ``within_s`` passed.
    """
    ledger, span = evidence.ledger, whole_span(evidence.ledger)
    if span is None:
        return no_evidence("the ledger holds no whole fault span")
    client, viewer, end_ns = ledger.client, ledger.viewer, span[1]
    answers = records(of_kind(client, Acknowledged).sort_values("mono_ns"))
    answered_ns: dict[tuple[str, str], int] = {}
    for row in answers:
        for artwork in ids_of(row):
            answered_ns.setdefault((str(row["user"]), artwork), int(row["mono_ns"]))
    shown = viewer[is_kind(viewer, ViewShown) & (viewer["mono_ns"] <= end_ns)]
    seen = {(str(row["user"]), str(row["artwork"])) for row in records(shown)}
    waiting = {one: answered_ns.get(one) for one in seen if answered_ns.get(one, math.inf) > end_ns}
    figures = Figures(target=within_s, unit="s", n=len(waiting))
    if len(waiting) < 2:
        return figures.undecided(f"{len(waiting)} ids waited when the fault ended")
    times = [when for when in waiting.values() if when is not None]
    if len(times) < len(waiting):
        never = len(waiting) - len(times)
        return figures.failed(f"{never} of {len(waiting)} ids were never acknowledged")
    took_s = (max(times) - min(times)) / 1e9
    figures = replace(figures, measured=took_s)
    sentence = f"{len(waiting)} ids that had waited were acknowledged within {took_s:.2f} s"
    return figures.failed(sentence) if took_s > within_s else figures.passed(sentence)
