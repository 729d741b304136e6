"""States that a run must have been in, or it says little."""

from __future__ import annotations

from harness.ledger.kinds.client import (
    Adopted,
    BatchRefused,
    Held,
    MemoryMode,
    PageHide,
    RecorderEvent,
    RetryScheduled,
    TabClosing,
    Unanswered,
    VisibilityChanged,
)
from reports.checks.instrument.states import STATES
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import PASS, UNKNOWN, HandWritten, hidden, lived


def left(*, answered: bool, closed: bool = False) -> HandWritten:
    """A tab is hidden, or closed, a second after it sent a batch."""
    took_s = 0.5 if answered else 5.0
    ledger = lived().request("b", 1.0, took_s)
    if closed:
        return ledger.noted(TabClosing, 2.0)
    ledger.reported(VisibilityChanged, 2.0, reason="hidden trusted")
    return ledger.reported(VisibilityChanged, 2.5, reason="visible trusted")


def ended(kind: type[RecorderEvent]) -> HandWritten:
    """A request ends so, and its page is hidden."""
    ledger = lived().request("b", 1.0, 0.5, end=kind, status=400)
    return ledger.reported(VisibilityChanged, 2.0, reason="hidden trusted")


def one_of_two_answered() -> HandWritten:
    ledger = lived().request("b", 1.0, None).request("c", 1.1, 0.5)
    return ledger.reported(PageHide, 2.0, reason="persisted=false")


def only_a_beacon() -> HandWritten:
    ledger = lived().request("b", 1.0, None, transport="beacon")
    return ledger.reported(PageHide, 2.0, reason="persisted=false")


def eventful() -> HandWritten:
    ledger = left(answered=False).request("b", 7.0, attempt=2)
    for kind in (Adopted, Held, MemoryMode, RetryScheduled, Unanswered):
        ledger.reported(kind, 3.0, **({"status": 401} if kind is Held else {}))
    return ledger


def quiet() -> HandWritten:
    return lived().request("b", 1.0)


NEVER_FAILS = {"happened": "a run that never was in a state says nothing of the target"}
CASES = [
    *cases(
        "happened",
        {"state": "left_in_flight"},
        hidden_with_a_request=(lambda: left(answered=False), PASS, "1 times"),
        closed_with_a_request=(lambda: left(answered=False, closed=True), PASS, "1 times"),
        hidden_with_one_of_two_requests=(one_of_two_answered, PASS, "1 times"),
        hidden_twice_with_a_request=(
            lambda: hidden(left(answered=False).request("c", 7.0, None), 8.0),
            PASS,
            "2 times",
        ),
        shown_with_a_request=(
            lambda: lived().request("b", 1.0, None).reported(RetryScheduled, 2.0),
            UNKNOWN,
            "0 times",
        ),
        hidden_after_a_refusal=(lambda: ended(BatchRefused), UNKNOWN, "0 times"),
        hidden_after_a_failure=(lambda: ended(Unanswered), UNKNOWN, "0 times"),
        hidden_with_nothing_under_way=(lambda: left(answered=True), UNKNOWN, "0 times, 1 are"),
        closed_with_nothing_under_way=(lambda: left(answered=True, closed=True), UNKNOWN, "0"),
        a_beacon_has_no_answer=(only_a_beacon, UNKNOWN, "0 times"),
        no_page_at_all=(HandWritten, UNKNOWN, "no page reported"),
    ),
    *cases(
        "happened",
        {"state": "turned_away"},
        by_a_refusal=(
            lambda: lived().request("b", 1.0, end=BatchRefused, status=409),
            PASS,
            "1 times",
        ),
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
