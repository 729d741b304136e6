"""Tabs and their visibility."""

from __future__ import annotations

from harness.ledger.kinds.client import PageAnswer, TabClosed, TabOpened, VisibilityChanged
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    back,
    hidden,
    lived,
)


def opened(*tabs: str | None, closed: tuple[str, ...] = ()) -> HandWritten:
    ledger = lived()
    for tab in tabs:
        ledger.noted(TabOpened, 1.0, tab=tab)
    for tab in closed:
        ledger.noted(TabClosed, 2.0, tab=tab)
    return ledger


TABS_DISTINCT = [
    *cases(
        "tabs_distinct",
        {"tabs": 2},
        two=(lambda: opened("t1", "t2"), PASS),
        none=(lived, UNKNOWN),
        one_is_missing=(lambda: opened("t1"), UNKNOWN),
        one_too_many=(lambda: opened("t1", "t2", "t3"), UNKNOWN),
        shared=(lambda: opened("t1", "t1"), FAIL),
        shared_among_too_many=(lambda: opened("t1", "t1", "t2"), FAIL),
        nameless=(lambda: opened("t1", None), FAIL),
        reloaded_under_anothers_id=(lambda: opened("t1", "t2", closed=("t1", "t1")), FAIL),
        reloaded_under_a_new_one=(lambda: opened("t1", "t2", closed=("t1", "t3")), PASS),
    ),
    *cases("tabs_distinct", {"tabs": 0}, not_on_nothing=(lived, UNKNOWN)),
]


def switched(*trusted: str) -> HandWritten:
    ledger = lived()
    for number, word in enumerate(trusted):
        hidden(ledger, 1.0 + number, trusted=word)
    return ledger


EVENTS_FROM_BROWSER = [
    *cases(
        "events_from_browser",
        {"event": "visibility", "least": 3},
        real=(lambda: switched("true", "true", "true"), PASS),
        none=(lived, UNKNOWN),
        too_few=(lambda: switched("true", "true"), UNKNOWN),
        one_made_up_among_real_ones=(lambda: switched("true", "false", "true", "true"), FAIL),
        says_both=(lambda: switched("true", "true", "false isTrusted=true"), FAIL),
        does_not_say=(
            lambda: switched("true", "true", "true").reported(VisibilityChanged, 9.0),
            UNKNOWN,
        ),
        nearly_says=(lambda: switched("true", "true", "trueish"), UNKNOWN),
    ),
    *cases(
        "events_from_browser",
        {"event": "visibility", "least": 0},
        not_on_nothing=(lived, UNKNOWN),
        one=(lambda: switched("true"), PASS),
    ),
]


def began(*times_ms: float | None) -> HandWritten:
    ledger = lived()
    for number, ms in enumerate(times_ms):
        ledger.noted(PageAnswer, 1.0, question="time origin", answer=ms, tab=f"t{number}")
    return ledger


OPENED = cases(
    "opened_within",
    {"tabs": 2, "within_s": 1.0},
    at_once=(lambda: began(5000.0, 5999.0), PASS),
    exactly=(lambda: began(5000.0, 6000.0), PASS),
    one_after_the_other=(lambda: began(5000.0, 6001.0), UNKNOWN),
    one_did_not_say=(lambda: began(5000.0, None), UNKNOWN),
    one_tab=(lambda: began(5000.0), UNKNOWN),
    never_asked=(lived, UNKNOWN),
)


def switched_often(
    times: int, batches: int = 1, empty: int = 0, trusted: str = "true"
) -> HandWritten:
    ledger = lived()
    for number in range(times):
        hidden(ledger, 1.0 + number, trusted=trusted)
        reason = f"visible isTrusted={trusted}"
        ledger.reported(VisibilityChanged, 1.5 + number, reason=reason)
    for number in range(batches):
        ledger.receipt(["x"], 2.0 + number, batch=f"b{number}")
    for number in range(empty):
        ledger.receipt([], 3.0 + number, batch=f"e{number}")
    return ledger


SWITCHED = cases(
    "flushes_per_switch",
    {"share": 0.1, "least": 20},
    under_a_tenth=(lambda: switched_often(20, 1), PASS),
    a_tenth=(lambda: switched_often(20, 2), FAIL),
    an_empty_one=(lambda: switched_often(20, 1, 1), FAIL),
    one_whose_receipt_does_not_count_its_ids=(
        lambda: switched_often(20, 0).receipt(["x"], 5.0, received=None),
        PASS,
        "1 batches that are not empty, 20 switches",
    ),
    hidden_more_often_than_shown_again=(
        lambda: hidden(switched_often(19, 1), 40.0),
        UNKNOWN,
        "19 switches",
    ),
    too_few_switches=(lambda: switched_often(19, 1), UNKNOWN),
    made_up_by_a_script=(lambda: switched_often(20, 1, trusted="false"), UNKNOWN),
    nothing_arrived=(lambda: switched_often(20, 0), UNKNOWN),
    no_switch=(lambda: switched_often(0, 1), UNKNOWN),
    one_batch_twice_is_one=(lambda: switched_often(20, 1).receipt(["x"], 5.0, batch="b0"), PASS),
)


def at_one_moment(times: int) -> HandWritten:
    """A page whose clock stands still, as in a browser that rounds it, while it hides and shows."""
    ledger = lived()
    for number in range(times):
        reason = f"{'visible' if number % 2 else 'hidden'} isTrusted=true"
        moment = {"reason": reason, "page_wall_ns": 1_700_000_001_000_000_000}
        ledger.reported(VisibilityChanged, 1.0 + number / 100, **moment)
    return ledger


def twice_in_one_of_two_tabs() -> HandWritten:
    ledger = hidden(hidden(lived(), 1.0, tab="a-tab-of-ann"), 2.0, tab="a-tab-of-ann")
    return back(hidden(ledger, 1.0), 2.0)


ORDER = cases(
    "order_reported",
    {"least": 2},
    in_turn=(lambda: back(hidden(lived(), 1.0), 2.0), PASS),
    heard_late=(lambda: back(hidden(lived(), 3.0, clock_s=-2.0), 2.0), PASS),
    twice_hidden=(lambda: hidden(hidden(lived(), 1.0), 2.0), FAIL),
    two_tabs=(lambda: hidden(hidden(lived(), 1.0), 2.0, tab="t2"), PASS),
    twice_in_one_of_two_tabs=(twice_in_one_of_two_tabs, FAIL, "1 of 4 events"),
    many_at_one_moment=(lambda: at_one_moment(100), PASS),
    two_that_say_no_state=(
        lambda: lived().reported(VisibilityChanged, 1.0).reported(VisibilityChanged, 2.0),
        FAIL,
    ),
    too_few=(lambda: hidden(lived(), 1.0), UNKNOWN),
    none_reported=(lived, UNKNOWN),
)


ORDER_OF_FEW = cases("order_reported", {"least": 0}, one=(lambda: hidden(lived(), 1.0), PASS))


CASES = [*TABS_DISTINCT, *EVENTS_FROM_BROWSER, *OPENED, *SWITCHED, *ORDER, *ORDER_OF_FEW]

NEVER_FAILS = {
    "opened_within": "tabs opened one after the other try no race",
}

test_each_case = every_case_holds(CASES)
