"""Attempts that were processed twice: by whose doing, and when a browser may."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.network import (
    FaultEnd,
    FaultStart,
    PageCrashed,
    RequestActedOn,
    SentinelArmed,
)
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def twice(*, apart_s: float = 1.0, **second: Any) -> HandWritten:
    """Attempt 1 of a batch is processed at 2 s and again ``apart_s`` later."""
    ledger = lived().receipt(["a"], 2.0)
    return ledger.receipt(["a"], 2.0 + apart_s, **{"inserted": 0, "duplicate": 1, **second})


def acted_on(times: int, copies: int) -> HandWritten:
    ledger = lived()
    for number in range(copies):
        ledger.receipt(["a"], 2.0 + number)
    row = RequestActedOn(method="POST", path="/", batch="b", attempt=1, fault="f", did="dropped")
    for _ in range(times):
        ledger.saw(2.1, row)
    return ledger


def cut(from_s: float, to_s: float, *, by_request: bool = False) -> HandWritten:
    ledger = twice().saw(from_s, FaultStart(fault="cut")).saw(to_s, FaultEnd(fault="cut"))
    return ledger.saw(from_s, SentinelArmed(fault="cut", why="use")) if by_request else ledger


def by_tabs(*tabs: str, copies: int = 2) -> HandWritten:
    """These tabs hand out one attempt, and it is processed that often."""
    ledger = lived()
    for tab in tabs:
        ledger.request("b", 1.0, None, tab=tab)
    for number in range(copies):
        ledger.receipt(["a"], 2.0 + number)
    return ledger


CASES = cases(
    "attempts_processed_once",
    {},
    once=(lambda: lived().receipt(["a"], 2.0), PASS, "1 processed requests, no other twice"),
    the_next_attempt=(lambda: twice(attempt=2), PASS),
    another_batch=(lambda: twice(batch="c"), PASS),
    twice=(twice, FAIL, "1 of 2 processed requests repeat an attempt"),
    refused_the_second_time=(lambda: twice(status=503, inserted=0, duplicate=0), FAIL),
    across_a_cut=(lambda: cut(2.5, 2.6), PASS, "1 were repeated where a connection broke"),
    long_after_a_cut=(lambda: cut(0.5, 1.0), FAIL),
    in_a_fault_that_acts_on_others=(lambda: cut(2.5, 2.6, by_request=True), FAIL),
    once_for_each_act=(lambda: acted_on(1, 2), PASS),
    more_often_than_acted_on=(lambda: acted_on(1, 3), FAIL, "1 of 3"),
    by_another_life_of_the_server=(lambda: twice(lifetime="m").lifetime("m"), PASS),
    by_the_heir_of_a_crashed_page=(lambda: twice().saw(2.5, PageCrashed()), PASS),
    handed_out_by_two_tabs=(lambda: by_tabs("tab-1", "tab-2"), PASS, "1 were repeated"),
    handed_out_by_one=(lambda: by_tabs("tab-1"), FAIL),
    more_often_than_by_two_tabs=(lambda: by_tabs("tab-1", "tab-2", copies=3), FAIL, "1 of 3"),
    nameless=(lambda: lived().receipt(["a"], 2.0, batch=None), UNKNOWN),
)

test_each_case = every_case_holds(CASES)
