"""States that a run must have been in, or it says little."""

from __future__ import annotations

from harness.ledger.kinds.client import (
    Adopted,
    Held,
    MemoryMode,
    PageHide,
    RetryScheduled,
    Unanswered,
    VisibilityChanged,
)
from reports.checks.instrument.states import STATES
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import PASS, UNKNOWN, HandWritten, lived


def left(*, in_flight: int) -> HandWritten:
    ledger = lived().reported(VisibilityChanged, 1.0, reason="visible trusted", in_flight=3)
    ledger.reported(VisibilityChanged, 2.0, reason="hidden trusted", in_flight=in_flight)
    return ledger.reported(PageHide, 2.1, reason="persisted=false", in_flight=in_flight)


def eventful() -> HandWritten:
    ledger = left(in_flight=2).request("b", 1.0).request("b", 2.0, attempt=2)
    for kind in (Adopted, Held, MemoryMode, RetryScheduled, Unanswered):
        ledger.reported(kind, 3.0)
    return ledger


def quiet() -> HandWritten:
    return lived().request("b", 1.0)


NEVER_FAILS = {"happened": "a run that never was in a state says nothing of the target"}
CASES = [
    *cases(
        "happened",
        {"state": "left_in_flight"},
        hidden_and_left_with_a_request=(lambda: left(in_flight=2), PASS, "2 times"),
        hidden_with_nothing_under_way=(lambda: left(in_flight=0), UNKNOWN, "0 times, 1 are"),
        no_page_at_all=(HandWritten, UNKNOWN, "no page reported"),
    ),
    *cases("happened", {"state": "no such"}, unknown_state=(quiet, UNKNOWN, "no state 'no such'")),
    *(
        case
        for state, (words, _) in STATES.items()
        for case in cases(
            "happened",
            {"state": state},
            **{f"{state}_there": (eventful, PASS, words), f"{state}_not": (quiet, UNKNOWN, "0")},
        )
    ),
]

test_each_case = every_case_holds(CASES)
