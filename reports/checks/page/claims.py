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
UNSIGNED = "a batch that names a user and has no session"
"""The question for the same without a session."""
FORGED = "a batch with a session that was never given"
"""The question for one whose session the target did not make."""
REFUSED, NOT_SIGNED_IN = 409, 401


@check(needs={Capability.PAGE, Capability.SUBJECT, Capability.RECEIPTS})
def claims_refused(
    evidence: Evidence, *, claims: float, unsigned: float = 0, forged: float = 0
) -> Finding:
    """Every batch in another's name than the session's was answered 409, ``claims`` of them, and
    no receipt of it speaks of a row. Of those without a session, ``unsigned``, and of those with a
    session that the target never gave, ``forged``, each was answered 401.

    That nothing of them is stored, the table shows: nothing of it was shown to anyone.
    """
    answers = answers_to(evidence.ledger.client, CLAIM)
    if not answers:
        return no_evidence("no page sent a batch in another's name")
    statuses = [answer for _, answer in answers]
    alone = [answer for _, answer in answers_to(evidence.ledger.client, UNSIGNED)]
    false = [answer for _, answer in answers_to(evidence.ledger.client, FORGED)]
    figures = Figures(measured=len(statuses), target=claims, unit="batches", n=len(statuses))
    if wrong := [status for status in statuses if status != REFUSED]:
        return figures.failed(f"a batch in another's name was answered {wrong[0]}, not {REFUSED}")
    if wrong := [status for status in alone if status != NOT_SIGNED_IN]:
        return figures.failed(
            f"a batch without a session was answered {wrong[0]}, not {NOT_SIGNED_IN}"
        )
    if wrong := [status for status in false if status != NOT_SIGNED_IN]:
        return figures.failed(
            f"a batch with a forged session was answered {wrong[0]}, not {NOT_SIGNED_IN}"
        )
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
    if len(alone) < unsigned:
        return figures.undecided(f"{len(alone)} of {unsigned:.0f} batches came without a session")
    if len(false) < forged:
        return figures.undecided(f"{len(false)} of {forged:.0f} batches came with a forged session")
    aside = f", {len(alone)} without a session {NOT_SIGNED_IN}" if alone else ""
    aside += f", {len(false)} with a forged one {NOT_SIGNED_IN}" if false else ""
    return figures.passed(
        f"{len(statuses)} batches in another's name were answered {REFUSED}{aside}"
    )
