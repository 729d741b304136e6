"""A database that is killed right after a commit: how soon after it?"""

from __future__ import annotations

from harness.ledger.kinds.network import DatabaseKilled
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.evidence.evidence import Evidence
from reports.evidence.pages import batch_receipts
from reports.verdict.verdict import Finding


@check(needs={Capability.RECEIPTS}, instrument=True)
def killed_after_commit(evidence: Evidence, *, within_ms: float, kills: float) -> Finding:
    """The database was killed ``kills`` times within ``within_ms`` after a commit.

    Counted from the commit time of the last receipt before each kill. Never a failure: whether the
    row is there after the restart, ``nothing_lost`` says; a kill that came later tried nothing.
    """
    ledger = evidence.ledger
    moments = sorted(of_kind(ledger.network, DatabaseKilled)["mono_ns"].astype("int64"))
    committed = sorted(batch_receipts(ledger)["committed_mono_ns"].astype("int64"))
    if not moments or not committed:
        return no_evidence("the database was not killed, or nothing was committed")
    waits_ms = [
        (moment - max(before)) / 1e6
        for moment in moments
        if (before := [one for one in committed if one <= moment])
    ]
    soon = [wait for wait in waits_ms if wait <= within_ms]
    figures = Figures(measured=len(soon), target=kills, unit="kills", n=len(moments))
    each = ", ".join(f"{wait:.1f}" for wait in waits_ms) or "never"
    sentence = f"killed {each} ms after a commit"
    if len(soon) < max(kills, 1):
        return figures.undecided(f"{sentence}; {kills:.0f} kills within {within_ms:g} ms wanted")
    return figures.passed(sentence)
