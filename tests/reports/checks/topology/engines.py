"""Hand-written rows of the engines, for the cases of every check of a topology."""

from __future__ import annotations

from harness.ledger.kinds.monitoring.topology import (
    BalancedServerState,
    BrokerState,
    FreshnessAnswer,
    PartSilent,
    PoolerState,
    ReplicaState,
    TopologyWatched,
    TraceBegun,
    TraceEnded,
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


def broker(
    ledger: HandWritten, seconds: float, *, pid: int = 7, **counts: int | None
) -> HandWritten:
    """A look at the broker; what is not named is 0."""
    every = {field: 0 for field in BrokerState.__struct_fields__ if field not in ("part", "pid")}
    return ledger.saw(seconds, BrokerState(part="broker", pid=pid, **(every | counts)))


def traced(ledger: HandWritten, begin_s: float, end_s: float | None = None) -> HandWritten:
    """The broker's trace is read from then to then, or for good."""
    ledger.saw(begin_s, TraceBegun(part="broker"))
    return ledger if end_s is None else ledger.saw(end_s, TraceEnded(part="broker", why="gone"))


def confirmed(ledger: HandWritten, batch: str, seconds: float, *, attempt: int = 1) -> HandWritten:
    """The server notes that the broker has a batch."""
    line = {"format": 1, "kind": "confirmed", "lifetime": "l", "user": "ann", "received": 1}
    moment = at(seconds)
    line |= {"batch": batch, "attempt": attempt, "mono_ns": moment.mono_ns}
    ledger.receipts.append(line)
    return ledger


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
