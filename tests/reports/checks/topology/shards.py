"""Hand-written rows of shards, for the cases of their checks."""

from __future__ import annotations

from harness.core.outcome import Outcome
from harness.ledger.kinds.load import LoadRow
from harness.ledger.kinds.monitoring.topology import (
    BucketOwned,
    BucketSwitched,
    ShardHolds,
    ShardState,
)
from harness.ledger.kinds.network import FaultEnd, FaultInjecting, FaultStart
from harness.target.reference.shards import BUCKETS
from tests.reports.ledgers import HandWritten, at, lived


def looked(ledger: HandWritten, part: str, *, reads: int = 0, pid: int = 7) -> HandWritten:
    return ledger.saw(
        3.0, ShardState(part=part, pid=pid, buckets=128, epoch=1, reads=reads, writes=1)
    )


def holding(
    ledger: HandWritten, part: str, *, stored: int = 1, misplaced: int = 0, why: str = ""
) -> HandWritten:
    row = ShardHolds(
        part=part, buckets=128, users=stored, stored=stored, misplaced=misplaced, why=why
    )
    return ledger.saw(40.0, row)


def two_shards(*, reads: tuple[int, int] = (1, 1), misplaced: int = 0) -> HandWritten:
    """Return a run with two shards: even buckets are the first one's."""
    ledger = lived()
    for number, count in enumerate(reads, 1):
        looked(ledger, f"shard-{number}", reads=count)
    owned(ledger)
    holding(ledger, "shard-1")
    return holding(ledger, "shard-2", misplaced=misplaced, why="ann" if misplaced else "")


def owned(
    ledger: HandWritten, *, without: int = -1, doubled: int = -1, paused: int = -1
) -> HandWritten:
    for bucket in range(BUCKETS):
        for shard in (bucket % 2 + 1, *((2 - bucket % 2,) if bucket == doubled else ())):
            if bucket != without:
                status = "paused" if bucket == paused else "open"
                row = BucketOwned(part=f"shard-{shard}", bucket=bucket, status=status, epoch=1)
                ledger.saw(40.0, row)
    return ledger


def moved(
    ledger: HandWritten, bucket: int, *, target: str = "shard-2", paused_s: float | None = 0.1
) -> HandWritten:
    row = BucketSwitched(
        part="mover",
        bucket=bucket,
        source="shard-1",
        target=target,
        epoch=2,
        paused_ns=None if paused_s is None else round(paused_s * 1e9),
    )
    return ledger.saw(20.0, row)


def broken(ledger: HandWritten) -> HandWritten:
    """From the fifth second to the tenth."""
    ledger.saw(4.9, FaultInjecting(fault="shard-2 killed"))
    ledger.saw(5.0, FaultStart(fault="shard-2 killed"))
    return ledger.saw(10.0, FaultEnd(fault="shard-2 killed"))


def sent(
    ledger: HandWritten,
    user: str,
    seconds: float,
    *,
    took_s: float = 0.1,
    outcome: Outcome = Outcome.ACKNOWLEDGED,
) -> HandWritten:
    begun, done = at(seconds), at(seconds + took_s)
    row = LoadRow(
        scheduled_ns=begun.mono_ns,
        sent_ns=begun.mono_ns,
        done_ns=done.mono_ns,
        user=user,
        tab=user,
        batch=f"{user}-{seconds}",
        attempt=1,
        outcome=outcome,
        status=200 if outcome is Outcome.ACKNOWLEDGED else 503,
        body_bytes=10,
        artworks=("a",),
    )
    return ledger.saw(seconds + took_s, row)
