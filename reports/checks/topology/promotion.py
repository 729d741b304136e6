"""A primary that is lost for good: what of it did the replica that was promoted not have?"""

from __future__ import annotations

import pandas as pd

from harness.ledger.kinds.network import DatabaseKilled, FaultInjecting, FaultStart
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.evidence.evidence import Evidence
from reports.evidence.fates import names_of
from reports.evidence.table.topology import replica_counts
from reports.verdict.verdict import Finding

PROMOTED = "promoted"


@check(needs={Capability.RECEIPTS})
def promotion_kept_acknowledged(evidence: Evidence, *, may_lose: bool = False) -> Finding:
    """Nothing that was acknowledged is gone with the primary.

    With ``may_lose`` (an asynchronous replica) what was committed from the beginning of the fault
    to the primary's death may be, and nothing else: the number is the finding. Where nothing at all
    was committed then, or, if it may be lost, nothing was, the fault tried nothing.
    """
    counts = replica_counts(evidence.ledger)
    if counts is None or not (counts.states["status"] == PROMOTED).any():
        return no_evidence("no replica was seen to be promoted")
    window = _window(evidence)
    if window is None:
        return no_evidence("the ledger does not say when the primary was lost")
    impressions = evidence.fates.impressions
    acknowledged = impressions[impressions["acked_ns"].notna()]
    gone = acknowledged[acknowledged["copies"] == 0]
    at_risk = gone["committed_ns"].between(*window).fillna(False).astype(bool)
    figures = Figures(measured=len(gone), target=0, unit="impressions", n=len(acknowledged))
    sentence = (
        f"{len(gone)} of {len(acknowledged)} acknowledged impressions are gone with the primary"
    )
    if not may_lose and len(gone):
        return figures.failed(sentence, examples=names_of(gone))
    if len(gone[~at_risk]):
        return figures.failed(
            f"{sentence}, {len(gone[~at_risk])} of them were not committed while the replica was "
            "cut off",
            examples=names_of(gone[~at_risk]),
        )
    lasted_s = (window[1] - window[0]) / 1e9
    if may_lose and not len(gone):
        return figures.undecided(f"{sentence}: in {lasted_s:.1f} s nothing was committed")
    if may_lose:
        return figures.passed(
            f"{sentence}: all that was committed in the last {lasted_s:.1f} s, which an "
            "asynchronous replica does not promise"
        )
    if not _sent_in(evidence, window):
        return figures.undecided(f"{sentence}: in {lasted_s:.1f} s no batch was sent")
    return figures.passed(sentence)


def _window(evidence: Evidence) -> tuple[int, int] | None:
    """Return from when to when the primary had what the replica had not (monotonic ns)."""
    network = evidence.ledger.network
    begun, broken = (of_kind(network, kind)["mono_ns"] for kind in (FaultInjecting, FaultStart))
    if begun.empty or broken.empty or of_kind(network, DatabaseKilled).empty:
        return None
    # What was under way when the kill was written down may have been committed a moment later.
    return int(begun.min()), int(broken.max())


def _sent_in(evidence: Evidence, window: tuple[int, int]) -> int:
    """Return how many requests of the load were sent then."""
    sent: pd.Series = evidence.ledger.load["sent_ns"]
    return int(sent.between(*window).sum())
