"""Batches that fail often: delivered in the end, or given up."""

from __future__ import annotations

from harness.ledger.kinds.client import Acknowledged, BatchRefused, RecorderEvent, Unanswered
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def tried(
    batch: str,
    failures: int,
    end: type[RecorderEvent] | None = Acknowledged,
    ledger: HandWritten | None = None,
) -> HandWritten:
    """A batch fails as often; ``end`` None: nothing follows."""
    ledger = ledger or lived()
    for number in range(failures):
        ledger.request(
            batch, 1.0 + number, 0.1, attempt=number + 1, end=Unanswered, reason="status 500"
        )
    if end is not None:
        ledger.request(batch, 1.0 + failures, 0.1, attempt=failures + 1, end=end)
    return ledger


def two(second: int, end: type[RecorderEvent] | None = Acknowledged) -> HandWritten:
    return tried("y", second, end, tried("x", 8))


CASES = cases(
    "tried_until_delivered",
    {"batches": 2, "least": 8},
    both=(lambda: two(9), PASS, "2 batches were delivered after 8 attempts and more"),
    refused_in_the_end=(lambda: two(9, BatchRefused), PASS),
    given_up=(lambda: two(6, None), FAIL, "1 of 2 batches that failed were given up"),
    another_id_each_time=(lambda: tried("z", 1, None, two(9)), FAIL),
    one_did_not_fail_often=(lambda: two(2), UNKNOWN, "one had 3"),
    one_only=(lambda: tried("x", 8), UNKNOWN),
    none_failed=(lambda: tried("x", 0), UNKNOWN, "no batch failed"),
)

test_each_case = every_case_holds(CASES)
