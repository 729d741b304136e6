"""The pooler: too many connections, writes past it, counts that were forgotten."""

from __future__ import annotations

from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.checks.topology.engines import pooler, watched, with_receipts
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def seen(*connections: int, transactions: int = 10) -> HandWritten:
    ledger = with_receipts(3)
    for number, count in enumerate(connections):
        pooler(ledger, 3.0 + number, connections=count, transactions=transactions)
    return watched(ledger, "pooler")


def of_one_commit(transactions: int) -> HandWritten:
    """Two batches that one statement stored."""
    ledger = lived()
    for number in range(2):
        ledger.receipt([f"a{number}"], 2.0, batch=f"b{number}")
    return watched(pooler(ledger, 3.0, transactions=transactions), "pooler")


def forgotten(died_s: float) -> HandWritten:
    """Return three commits of which the pooler counted two; it was started again once."""
    ledger = pooler(with_receipts(3), died_s, transactions=1)
    return pooler(ledger, died_s + 1.0, transactions=1, pid=8)


LIMIT = cases(
    "pooler_within_limit",
    {"at_most": 5},
    below=(lambda: seen(1, 4, 2), PASS, "at most 4 connections in 3 looks"),
    at_it=(lambda: seen(5), PASS, "at most 5"),
    above_it_once=(lambda: seen(1, 6, 1), FAIL, "at most 6"),
    nothing_went_through=(lambda: seen(1, transactions=0), UNKNOWN, "no transaction"),
    no_pooler=(lived, UNKNOWN, "no pooler"),
)

THROUGH = cases(
    "writes_through_pooler",
    {},
    every_commit=(lambda: seen(1, transactions=3), PASS, "3 transactions went through"),
    reads_too=(lambda: seen(1, transactions=9), PASS, "9 transactions"),
    one_commit_of_two_batches=(lambda: of_one_commit(1), PASS, "1 commits"),
    past_it=(lambda: seen(1, transactions=2), FAIL, "2 transactions went through the pooler"),
    one_that_is_forgotten=(lambda: forgotten(2.5), PASS, "2 transactions went through"),
    past_it_and_none_forgotten=(lambda: forgotten(20.0), FAIL, "2 transactions went through"),
    no_commit=(lambda: watched(pooler(lived(), 2.0), "pooler"), UNKNOWN, "committed anything"),
    no_pooler=(lambda: with_receipts(3), UNKNOWN, "no pooler"),
)

CASES = [*LIMIT, *THROUGH]

test_each_case = every_case_holds(CASES)
