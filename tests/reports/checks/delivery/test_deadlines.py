"""Delivered and durable in time."""

from __future__ import annotations

from harness.ledger.kinds.client import Drained, Undrained
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


def waited(*kinds: type[Drained] | type[Undrained]) -> HandWritten:
    ledger = healthy()
    for number, kind in enumerate(kinds):
        ledger.noted(kind, 3.0 + number, within_s=9)
    return ledger


CASES = [
    *cases(
        "drained_in_time",
        {},
        each_time=(lambda: waited(Drained, Drained), PASS),
        not_once=(lambda: waited(Drained, Undrained, Drained), FAIL),
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
