"""Batches that claim another user's name."""

from __future__ import annotations

import pandas as pd

from harness.ledger.kinds.server import BatchReceipt
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.evidence.evidence import Evidence
from reports.evidence.pages import answers_to
from reports.verdict.verdict import Finding

CLAIM = "a batch that claims another's name"
"""The question under which the scenario ``claimed_subject`` writes down a status."""
REFUSED = 409


@check(needs={Capability.PAGE, Capability.SUBJECT, Capability.RECEIPTS})
def claims_refused(evidence: Evidence, *, claims: float) -> Finding:
    """Every batch in another's name than the session's was answered 409, ``claims`` of them, and
    no receipt of it speaks of a row.

    That nothing of them is stored, the table shows: nothing of it was shown to anyone.
    """
    answers = answers_to(evidence.ledger.client, CLAIM)
    if not answers:
        return no_evidence("no page sent a batch in another's name")
    statuses = [answer for _, answer in answers]
    figures = Figures(measured=len(statuses), target=claims, unit="batches", n=len(statuses))
    if wrong := [status for status in statuses if status != REFUSED]:
        return figures.failed(f"a batch in another's name was answered {wrong[0]}, not {REFUSED}")
    receipts = of_kind(evidence.ledger.server, BatchReceipt)
    nameless = receipts[receipts["batch"].isna()]
    stored = nameless[nameless["committed_mono_ns"].notna()]
    if len(stored):
        user = stored.iloc[0]["user"]
        return figures.failed(f"a batch in another's name was stored for {user}")
    refusals = int((pd.to_numeric(nameless["status"]) == REFUSED).sum())
    if len(statuses) < claims or refusals < claims:
        return figures.undecided(
            f"{len(statuses)} of {claims:.0f} batches were sent, {refusals} have a receipt"
        )
    return figures.passed(f"{len(statuses)} batches in another's name were answered {REFUSED}")
