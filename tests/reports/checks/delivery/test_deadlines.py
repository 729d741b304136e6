"""Delivered and durable in time."""

from __future__ import annotations

from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import (
    late,
    lost_unacked,
    shown_only,
)
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    healthy,
)


def waited(*kinds: str) -> HandWritten:
    ledger = healthy()
    for number, kind in enumerate(kinds):
        ledger.saw("client", 3.0 + number, kind=kind, user="ann", tab="t", detail='{"within_s": 9}')
    return ledger


CASES = [
    *cases(
        "drained_in_time",
        {},
        each_time=(lambda: waited("drained", "drained"), PASS),
        not_once=(lambda: waited("drained", "undrained", "drained"), FAIL),
        never_waited_for=(healthy, UNKNOWN),
    ),
    *cases(
        "in_time",
        {"within_s": 5},
        in_time=(healthy, PASS),
        late=(late, FAIL),
        never=(lost_unacked, FAIL),
        no_final_read=(shown_only, UNKNOWN),
    ),
]


test_each_case = every_case_holds(CASES)
