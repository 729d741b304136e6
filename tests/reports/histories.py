"""Hand-written histories that tests of several modules share: each fate, a load, an outage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from harness.core.outcome import Outcome
from harness.ledger.kinds import DATABASE, NETWORK
from harness.ledger.kinds.client import Acknowledged, QueueState
from harness.ledger.kinds.database import DatabaseRow, Final, FinalRow
from harness.ledger.kinds.machine import ProcessSample
from harness.ledger.kinds.network import (
    Calibration,
    FaultEnd,
    FaultStart,
    LoadStepEnd,
    LoadStepStart,
    Quiet,
)
from tests.reports.ledgers import (
    HandWritten,
    altered,
    healthy,
    lived,
    without,
)


def recounted(ledger: HandWritten) -> HandWritten:
    """Let final reads, and what was noted at rest, count the rows that the ledger has of them."""
    found = Counter[int]()
    for moment, row in ledger.rows[DATABASE.name]:
        if isinstance(row, FinalRow):
            found[moment.mono_ns] += row.copies
    for rows in (ledger.rows[DATABASE.name], ledger.rows[NETWORK.name]):
        for place, (moment, row) in enumerate(rows):
            if isinstance(row, Final | Quiet):
                rows[place] = (moment, replace(row, rows=found[moment.mono_ns]))
    return ledger


def lost_acked() -> HandWritten:
    return recounted(without(healthy(), DatabaseRow, artwork="b"))


def without_rows(ledger: HandWritten, own_rows: int | None = None) -> HandWritten:
    """Let the final read find no impression, and this many rows of the harness's own."""
    ledger = without(ledger, FinalRow)
    altered(ledger, Final, lambda row: {"rows": 0, "own_rows": own_rows or 0})
    return ledger


def vanished() -> HandWritten:
    ledger = without(healthy(), Acknowledged)
    return recounted(without(ledger, FinalRow, artwork="b"))


def duplicate_stored() -> HandWritten:
    ledger = without(healthy(), FinalRow, artwork="b")
    return recounted(ledger.saw(9.0, FinalRow(user="ann", artwork="b", copies=2)))


def viewed_too_early() -> HandWritten:
    ledger = without(healthy(), FinalRow)
    return ledger.final(9.1, viewed_s=0.5, b=1)


def viewed_after_commit() -> HandWritten:
    ledger = without(healthy(), FinalRow)
    return ledger.final(9.1, viewed_s=1.2, b=1)


def phantom() -> HandWritten:
    return healthy().final(9.1, b=1, c=1)


def lost_unacked() -> HandWritten:
    return healthy().shown("c", 2.0)


def undelivered() -> HandWritten:
    return healthy().shown("c", 2.0).noted(QueueState, 8.0, artworks=["c"], queue_depth=1)


def late() -> HandWritten:
    return healthy().shown("c", 2.0).receipt(["c"], 8.0).final(9.1, viewed_s=7.9, c=1)


def recovered() -> HandWritten:
    return without(healthy(), Acknowledged)


def shown_only() -> HandWritten:
    """Shown and nothing else: no final read, no receipts, no load."""
    return HandWritten().shown("a", 1.0)


def loaded(count: int, *, slow: int = 0, failed: int = 0, lag_ms: float = 0.5) -> HandWritten:
    """Return ``count`` requests in a row, the slow and the failed ones spread among them."""
    ledger = HandWritten()
    for number in range(count):
        is_slow = slow > 0 and number % (count // slow) == 0
        is_failed = failed > 0 and number % (count // failed) == 0
        ledger.sent(
            number / 50,
            took_ms=250.0 if is_slow else 5.0,
            lag_ms=lag_ms,
            batch=f"b{number}",
            outcome=Outcome.UNKNOWN if is_failed else Outcome.ACKNOWLEDGED,
            artworks=[f"a{number}"],
        )
    return ledger


def arrived(*batches: Any, **fields: Any) -> HandWritten:
    """Return receipts of these batches, one a second, of one artwork each."""
    ledger = lived()
    for number, batch in enumerate(batches):
        ledger.receipt([f"a{number}"], 1.0 + number, batch=batch, **fields)
    return ledger


def killed() -> HandWritten:
    return HandWritten().lifetime(ended=False).receipt(["a"], 1.0)


def calibration_measure(
    ledger: HandWritten, when: str, value: float = 401.0, what: str = "round_trip_ms", **more: Any
) -> HandWritten:
    usual = {"backend": "packets", "nominal": 400.0, "low": 380.0, "high": 420.0}
    at_s = 0.5 if when == "before" else 8.0
    return ledger.saw(at_s, Calibration(value=value, when=when, what=what, **usual | more))


def calibrated_path(before: float = 401.0, after: float = 401.0, **more: Any) -> HandWritten:
    return calibration_measure(
        calibration_measure(lived(), "before", before, **more), "after", after, **more
    )


def with_outage(ledger: HandWritten, starts: float = 2.0, ends: float = 5.0) -> HandWritten:
    ledger.saw(starts, FaultStart(fault="cut"))
    return ledger.saw(ends, FaultEnd(fault="cut"))


LOAD_S, LOAD_RATE = 60, 10
"""How long a steady load lasts, and its requests a second."""


def sending(ledger: HandWritten, *, ids: int = 1, seconds: int = LOAD_S) -> HandWritten:
    for number in range(seconds * LOAD_RATE):
        artworks = [f"a{number}.{n}" for n in range(ids)]
        ledger.sent(number / LOAD_RATE, batch=f"b{number}", artworks=artworks)
    return ledger


def watched(
    ledger: HandWritten,
    *,
    process: str = "postgres",
    cores: Callable[[int], float] = lambda second: 0.4,
    rss: Callable[[int], float] = lambda second: 1e8,
    pid: Callable[[int], int] = lambda second: 7,
    seconds: int = LOAD_S,
) -> HandWritten:
    used, before = 0.0, pid(0)
    for second in range(seconds + 1):
        used = 0.0 if pid(second) != before else used + cores(second)
        before = pid(second)
        held = {"cpu_s": used, "rss_bytes": int(rss(second))}
        ledger.saw(second, ProcessSample(process=process, pid=pid(second), **held))
    return ledger


def loads_of_two() -> HandWritten:
    """Return one batch that was acknowledged at its second attempt, and one never."""
    ledger = HandWritten()
    ledger.sent(1.0, batch="retried", outcome=Outcome.UNKNOWN, artworks=["a"])
    ledger.sent(3.0, batch="retried", attempt=2, artworks=["a"])
    return ledger.sent(1.5, batch="never", outcome=Outcome.REFUSED, artworks=["b"])


def searched(**p95_ms: float) -> HandWritten:
    """Steps of 20 s, ``at_200=5.0``: each with its rate and what its requests took."""
    ledger = lived()
    for number, (name, took_ms) in enumerate(p95_ms.items()):
        begin, rate = number * 20.0, float(name.removeprefix("at_"))
        ledger.saw(begin, LoadStepStart(rate_per_s=rate))
        ledger.saw(begin + 20, LoadStepEnd(rate_per_s=rate))
        for request in range(200):
            batch = f"b{number}.{request}"
            settling_ms = 900.0 if request < 40 else took_ms  # of the step before
            ledger.sent(begin + request / 10, took_ms=settling_ms, batch=batch, artworks=[batch])
    return ledger
