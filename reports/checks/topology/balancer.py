"""The balancer: what it passed on against the servers' receipts, and how it shared it out."""

from __future__ import annotations

import pandas as pd

from harness.ledger.kinds import SERVER, TOPOLOGY
from harness.ledger.kinds.server import BatchReceipt
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.evidence.evidence import Evidence
from reports.evidence.pages import batch_receipts
from reports.evidence.table.topology import balancer_counts
from reports.verdict.verdict import Finding

_UNWATCHED = "no balancer was watched"


def _requests(receipts: pd.DataFrame) -> pd.DataFrame:
    """Return one receipt of each request. Where a queue stands behind the servers a request may
    have several: of the server that had no confirm of it, and of each worker that it came to."""
    return receipts.drop_duplicates(["user", "batch", "attempt", "received_mono_ns"])


def _is_watched(evidence: Evidence) -> bool:
    return balancer_counts(evidence.ledger) is not None


@check(
    needs={Capability.RECEIPTS},
    always=True,
    applies=_is_watched,
    rests_on={SERVER.name, TOPOLOGY.name},
)
def balancer_passed_receipts(evidence: Evidence) -> Finding:
    """The balancer passed on no more answers with 2xx than the servers have receipts of committed
    batches: a receipt is on the disk before its answer leaves.

    There may be fewer answers: a client that is gone, a server that is killed, or a balancer that
    is started again and forgets, leaves receipts whose answer was not counted.
    """
    counts = balancer_counts(evidence.ledger)
    if counts is None:
        return no_evidence(_UNWATCHED)
    committed = len(_requests(batch_receipts(evidence.ledger)))
    passed = sum(counts.acknowledged.values())
    figures = Figures(measured=max(0, passed - committed), target=0, unit="answers", n=passed)
    if not passed:
        return no_evidence("the balancer passed on no answer with 2xx")
    sentence = f"{passed} acknowledgements passed the balancer, {committed} receipts are committed"
    return figures.failed(sentence) if passed > committed else figures.passed(sentence)


@check(
    needs={Capability.RECEIPTS},
    always=True,
    instrument=True,
    applies=_is_watched,
    rests_on={SERVER.name, TOPOLOGY.name},
)
def batches_through_balancer(evidence: Evidence) -> Finding:
    """Every batch that a server has a receipt of was given to it by the balancer: who sends past it
    does not try the topology.

    Left out are those that arrived between the last look at a balancer that died and the first look
    at the one after it: what was counted then is forgotten.
    """
    counts = balancer_counts(evidence.ledger)
    if counts is None:
        return no_evidence(_UNWATCHED)
    receipts = _requests(of_kind(evidence.ledger.server, BatchReceipt))
    arrived = int(counts.remembers(receipts["received_mono_ns"]).sum())
    given = sum(counts.batches.values())
    figures = Figures(measured=max(0, arrived - given), target=0, unit="batches", n=arrived)
    if not arrived or not given:
        return figures.undecided("no batch came through the balancer")
    sentence = f"{given} batches were given to servers, which have receipts of {arrived}"
    return figures.undecided(sentence) if arrived > given else figures.passed(sentence)


@check(rests_on={TOPOLOGY.name})
def servers_shared_batches(evidence: Evidence, *, least: float) -> Finding:
    """Each server was given at least a share of ``least`` (0 to 1) of the batches."""
    counts = balancer_counts(evidence.ledger)
    if counts is None:
        return no_evidence(_UNWATCHED)
    total = sum(counts.batches.values())
    if not total:
        return no_evidence("the balancer gave no server a batch")
    fewest = min(counts.batches.values())
    share = fewest / total
    figures = Figures(measured=share, target=least, unit="share", n=total)
    each = ", ".join(f"{name} {count}" for name, count in sorted(counts.batches.items()))
    sentence = f"of {total} batches: {each}"
    return figures.passed(sentence) if share >= least else figures.failed(sentence)
