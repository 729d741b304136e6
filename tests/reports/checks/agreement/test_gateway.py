"""What arrived at the gateway, and what the server processed of it."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.network import (
    FaultEnd,
    FaultStart,
    RequestActedOn,
    RequestAnswered,
    RequestArrived,
)
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived

CALL: dict[str, Any] = {"method": "POST", "path": "/", "batch": "b", "attempt": 1}


def arrived(*, times: int = 1, receipts: int = 1, **call: Any) -> HandWritten:
    ledger = lived()
    for number in range(times):
        ledger.saw(1.0 + number, RequestArrived(**{**CALL, "to_batches": True, **call}))
    for number in range(receipts):
        ledger.receipt(["a"], 1.1 + number)
    return ledger


def passed(*, times: int = 1, receipts: int = 1, status: int = 200) -> HandWritten:
    """A gateway that does not record answered a batch."""
    ledger = arrived(times=0, receipts=receipts)
    for number in range(times):
        ledger.saw(1.2 + number, RequestAnswered(**CALL, status=status))
    return ledger


def acted_on() -> HandWritten:
    return arrived(receipts=0).saw(1.0, RequestActedOn(**CALL, fault="f", did="dropped"))


def disturbed() -> HandWritten:
    ledger = arrived(receipts=0).saw(0.9, FaultStart(fault="cut"))
    return ledger.saw(2.0, FaultEnd(fault="cut"))


CASES = cases(
    "arrivals_processed",
    {},
    each=(arrived, PASS, "1 of 1 attempts that arrived have a receipt"),
    twice_for_two=(lambda: arrived(times=2, receipts=2), PASS),
    twice_for_one=(lambda: arrived(receipts=2), FAIL, "1 of 1 attempts were processed more often"),
    none=(lambda: arrived(receipts=0), FAIL, "1 of 1 attempts arrived and have no receipt"),
    none_of_a_killed_server=(lambda: arrived(receipts=0).lifetime("m", ended=False), PASS),
    none_in_a_disturbance=(disturbed, PASS, "0 of 1"),
    none_that_is_named=(lambda: arrived(receipts=0).receipt([], 1.0, batch=None, status=401), PASS),
    acted_on=(acted_on, UNKNOWN),
    to_another_path=(lambda: arrived(to_batches=False), UNKNOWN),
    answered_and_recorded=(
        lambda: arrived().saw(1.2, RequestAnswered(**CALL, status=200)),
        PASS,
    ),
    answered=(passed, PASS, "1 of 1 attempts that arrived have a receipt"),
    answered_twice=(lambda: passed(times=2, receipts=2), PASS),
    answered_once_of_two=(lambda: passed(receipts=2), FAIL, "processed more often"),
    answered_without_a_receipt=(lambda: passed(receipts=0), FAIL, "have no receipt"),
    given_no_answer=(lambda: passed(receipts=0, status=0), PASS, "0 of 1"),
    no_answer_to_one_of_two=(lambda: passed(receipts=2, status=0), FAIL, "processed more often"),
    nothing_recorded=(lambda: lived().receipt(["a"], 1.0), UNKNOWN),
)

test_each_case = every_case_holds(CASES)
