"""Hand-written rows of the engines, for the cases of every check of a topology."""

from __future__ import annotations

from harness.ledger.kinds.monitoring.topology import (
    BalancedServerState,
    FreshnessAnswer,
    PartSilent,
    PoolerState,
    ReplicaState,
    TopologyWatched,
)
from tests.reports.ledgers import HandWritten, at, lived


def with_receipts(committed: int, *, refused: int = 0) -> HandWritten:
    """Return a run whose server committed batches, each by a statement of its own."""
    ledger = lived()
    for number in range(committed):
        ledger.receipt([f"a{number}"], 2.0 + number, batch=f"b{number}")
    for number in range(refused):
        ledger.receipt(
            [f"r{number}"],
            20.0 + number,
            batch=f"r{number}",
            status=503,
            inserted=0,
            rejected=1,
            committed_mono_ns=None,
            committed_wall_ns=None,
        )
    return ledger


def server(
    ledger: HandWritten,
    seconds: float,
    *,
    part: str = "server-1",
    status: str = "UP",
    batches: int = 0,
    acknowledged: int = 0,
    pid: int = 7,
) -> HandWritten:
    row = BalancedServerState(
        pid=pid,
        part=part,
        status=status,
        batches=batches,
        acknowledged=acknowledged,
        under_way=0,
        failed=batches - acknowledged,
    )
    return ledger.saw(seconds, row)


def pooler(
    ledger: HandWritten,
    seconds: float,
    *,
    transactions: int = 0,
    connections: int = 1,
    waiting: int = 0,
    pid: int = 7,
) -> HandWritten:
    row = PoolerState(
        pid=pid,
        part="pooler",
        clients=6,
        waiting=waiting,
        connections=connections,
        transactions=transactions,
    )
    return ledger.saw(seconds, row)


def replica(
    ledger: HandWritten,
    seconds: float,
    *,
    status: str = "async",
    behind: int = 0,
    reads: int = 0,
    pid: int = 7,
) -> HandWritten:
    row = ReplicaState(part="replica", pid=pid, status=status, behind=behind, reads=reads)
    return ledger.saw(seconds, row)


def answered(
    ledger: HandWritten,
    seconds: float,
    *,
    viewed: int,
    source: str = "replica",
    user: str = "ann",
    took_s: float = 0.01,
) -> HandWritten:
    row = FreshnessAnswer(
        part=source, user=user, viewed=viewed, answered_ns=at(seconds + took_s).mono_ns
    )
    return ledger.saw(seconds, row)


def silent(ledger: HandWritten, seconds: float, part: str) -> HandWritten:
    return ledger.saw(seconds, PartSilent(part=part, why="connection refused"))


def watched(ledger: HandWritten, part: str) -> HandWritten:
    return ledger.saw(50.0, TopologyWatched(part=part, looks=2))
