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


def just_in_time() -> HandWritten:
    ledger = healthy().shown("c", 2.0).acknowledged(["c"], 7.1).receipt(["c"], 7.0)
    return ledger.final(9.1, a=1, b=1, c=1)


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
        just_in_time=(just_in_time, PASS),
        late=(late, FAIL),
        none_at_all=(lambda: shown_only().final(9.0), FAIL, "1 of them never"),
        never=(lost_unacked, FAIL),
        no_final_read=(shown_only, UNKNOWN),
    ),
]


test_each_case = every_case_holds(CASES)
