"""Batches that fail again and again: does the recorder give one up?"""

from __future__ import annotations

from collections import Counter

from harness.ledger.kinds.client import Attempt, Unanswered
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.pages import SETTLED, reason_of
from reports.verdict.verdict import Finding


@check(needs={Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY})
def tried_until_delivered(evidence: Evidence, *, batches: float, least: float) -> Finding:
    """Every batch that failed was sent again, under the same id, until its page read an answer.

    At least ``batches`` batches had ``least`` attempts and more, or giving up was not tried.
    """
    client = evidence.ledger.client
    sent = Counter(str(batch) for batch in of_kind(client, Attempt)["batch"].dropna())
    reasons: dict[str, str] = {}
    for row in records(of_kind(client, Unanswered).dropna(subset=["batch"])):
        reasons[str(row["batch"])] = " ".join(reason_of(row)) or "no reason"
    settled = {str(batch) for batch in of_kind(client, *SETTLED)["batch"].dropna()}
    if not reasons:
        return no_evidence("no batch failed")
    given_up = [
        f"{batch}: {sent[batch]} attempts, the last failed by {reason}"
        for batch, reason in reasons.items()
        if batch not in settled
    ]
    often = [batch for batch in reasons if sent[batch] >= least and batch in settled]
    figures = Figures(measured=len(often), target=batches, unit="batches", n=len(reasons))
    if given_up:
        return figures.failed(
            f"{len(given_up)} of {len(reasons)} batches that failed were given up",
            examples=given_up[:EXAMPLES_MAX],
        )
    sentence = f"{len(often)} batches were delivered after {least:.0f} attempts and more"
    if len(often) < batches:
        fewest = min(sent[batch] for batch in reasons)
        return figures.undecided(f"{sentence}, {batches:.0f} wanted; one had {fewest}")
    most = max(sent[batch] for batch in often)
    return figures.passed(f"{sentence}, one of them after {most}")
