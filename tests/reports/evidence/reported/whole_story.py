"""A page that tells a whole story: two batches, the first of which has to be sent twice."""

from __future__ import annotations

from collections.abc import Sequence

from harness.ledger.kinds.client import (
    Acknowledged,
    Attempt,
    Persisted,
    QueueState,
    Recorded,
    RetryScheduled,
    Unanswered,
)
from harness.ledger.kinds.network import BrowserUsed
from harness.ledger.kinds.network import RequestAnswered as Answered
from tests.reports.ledgers import HandWritten, lived


def answered(
    ledger: HandWritten,
    seconds: float,
    batch: str,
    attempt: int,
    artworks: Sequence[str],
    status: int = 200,
) -> HandWritten:
    """A gateway gives the answer to a request."""
    count = len(artworks) if status == 200 else None
    return ledger.saw(
        seconds,
        Answered(
            method="POST",
            path="/b",
            batch=batch,
            attempt=attempt,
            transport="fetch",
            artworks=tuple(artworks),
            status=status,
            inserted=count,
            duplicate=0 if count else None,
        ),
    )


def whole_story() -> HandWritten:
    """A page records three ids in two batches; the first batch is refused once for a moment."""
    ledger = lived().saw(
        0.1, BrowserUsed(name="c", product="C", version="1", platform="x", kind="stock")
    )
    for artwork, seconds in (("a", 1.05), ("b", 1.15), ("c", 1.5)):
        ledger.shown(artwork, seconds)
    numbers = iter(range(1, 20))

    def event(kind: type, seconds: float, depth: int, flying: int, **fields: object) -> None:
        ledger.reported(
            kind,
            seconds,
            number=next(numbers),
            queue_depth=depth,
            in_flight=flying,
            **fields,
        )

    first = {"batch": "t-1", "artworks": ("a", "b"), "transport": "fetch", "body_bytes": 90}
    second = {"batch": "t-2", "artworks": ("c",), "transport": "fetch", "body_bytes": 80}
    event(Recorded, 1.0, 1, 0, batch="t-1", artworks=("a",))
    event(Recorded, 1.1, 2, 0, batch="t-1", artworks=("b",))
    event(Persisted, 1.2, 2, 0, batch="t-1", artworks=("a", "b"))
    event(Attempt, 1.3, 0, 2, attempt=1, **first)
    event(Unanswered, 1.4, 2, 0, attempt=1, status=503, **first)
    event(RetryScheduled, 1.4, 2, 0, batch="t-1", attempt=1, delay_ms=100.0)
    event(Recorded, 1.45, 3, 0, batch="t-2", artworks=("c",))
    event(Attempt, 1.5, 1, 2, attempt=2, **first)
    event(Acknowledged, 1.7, 1, 0, attempt=2, status=200, inserted=2, duplicate=0, **first)
    event(Attempt, 1.8, 0, 1, attempt=1, **second)
    event(Acknowledged, 2.0, 0, 0, attempt=1, status=200, inserted=1, duplicate=0, **second)
    answered(ledger, 1.39, "t-1", 1, "ab", 503)
    answered(ledger, 1.65, "t-1", 2, "ab")
    answered(ledger, 1.95, "t-2", 1, "c")
    ledger.receipt(["a", "b"], 1.6, batch="t-1", attempt=2, seq=1)
    ledger.receipt(["c"], 1.9, batch="t-2", attempt=1, seq=2)
    return ledger.noted(QueueState, 3.0).final(4.0, a=1, b=1, c=1)
