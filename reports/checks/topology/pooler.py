"""The pooler: how many connections it keeps to PostgreSQL, and whether writes go through it."""

from __future__ import annotations

from harness.ledger.kinds import SERVER, TOPOLOGY
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.pages import batch_receipts
from reports.evidence.table.topology import pooler_counts
from reports.verdict.verdict import Finding

CONNECTIONS_MAX = 100
"""The roadmap's (7.1)."""
_UNWATCHED = "no pooler was watched"


@check(
    always=True,
    applies=lambda evidence: pooler_counts(evidence.ledger) is not None,
    rests_on={TOPOLOGY.name},
)
def pooler_within_limit(evidence: Evidence, *, at_most: float = CONNECTIONS_MAX) -> Finding:
    """In no look did the pooler have more than ``at_most`` connections to PostgreSQL."""
    counts = pooler_counts(evidence.ledger)
    if counts is None:
        return no_evidence(_UNWATCHED)
    figures = Figures(
        measured=counts.connections, target=at_most, unit="connections", n=counts.looks
    )
    if not counts.transactions:
        return figures.undecided("no transaction went through the pooler")
    sentence = f"at most {counts.connections} connections in {counts.looks} looks"
    return figures.failed(sentence) if counts.connections > at_most else figures.passed(sentence)


@check(
    needs={Capability.RECEIPTS},
    always=True,
    applies=lambda evidence: pooler_counts(evidence.ledger) is not None,
    rests_on={SERVER.name, TOPOLOGY.name},
)
def writes_through_pooler(evidence: Evidence) -> Finding:
    """At least as many transactions went through the pooler as the servers committed: receipts of
    one commit have one time.

    Left out are commits between the last look at a pooler that died and the first look at the one
    after it: what was counted then is forgotten.
    """
    counts = pooler_counts(evidence.ledger)
    if counts is None:
        return no_evidence(_UNWATCHED)
    receipts = batch_receipts(evidence.ledger)
    known = receipts[counts.remembers(receipts["committed_mono_ns"])]
    commits = len(known.drop_duplicates(["lifetime", "committed_mono_ns"]))
    if not commits:
        return no_evidence("no server committed anything")
    missing = max(0, commits - counts.transactions)
    figures = Figures(measured=missing, target=0, unit="transactions", n=commits)
    sentence = f"{counts.transactions} transactions went through the pooler, {commits} commits"
    return figures.failed(sentence) if missing else figures.passed(sentence)
