"""Pages that are left: what they counted last."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.client import PageAnswer
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    lived,
)


def words(
    tab: str = "t1", *, attempts: dict[str, int] | None = None, **counts: Any
) -> dict[str, Any]:
    """Return the last words of a page whose beacon, keepalive and synchronous request failed."""
    return {
        "tab": tab,
        "recorded": 2,
        "flushSuccess": 0,
        "flushFail": 3,
        "beaconRefused": 1,
        "inFlight": 0,
        "attempts": {"beacon": 1, "keepalive": 1, "sync": 1} if attempts is None else attempts,
        **counts,
    }


def quiet(tab: str = "t1", **counts: Any) -> dict[str, Any]:
    """Return the last words of a page that has no last resort but its beacon."""
    return words(tab, **{"attempts": {"beacon": 1}, "flushFail": 1, **counts})


def wrote(*stored: Any, question: str = "last words") -> HandWritten:
    return lived().noted(PageAnswer, 5.0, question=question, answer=list(stored))


def let_through(ended: bool = True) -> HandWritten:
    """One page's synchronous request was answered, the other's was forbidden."""
    done = words("t2", flushFail=2, flushSuccess=1)
    ledger = HandWritten().lifetime(ended=ended)
    ledger.noted(PageAnswer, 5.0, question="last words", answer=[words("t1"), done])
    return ledger


BLOCKED_FLUSH_COUNTED = [
    *cases(
        "blocked_flush_counted",
        {"pages": 2, "sync": 1, "blocked": 1},
        both=(lambda: wrote(words("t1"), words("t2")), PASS),
        never_asked=(lived, UNKNOWN),
        another_question=(lambda: wrote(words("t1"), words("t2"), question="q"), UNKNOWN),
        nothing_stored=(wrote, UNKNOWN),
        one_wrote=(lambda: wrote(words("t1")), UNKNOWN),
        one_wrote_twice=(lambda: wrote(words("t1"), words("t1")), UNKNOWN),
        one_saw_nothing=(lambda: wrote(words("t1"), words("t2", recorded=0)), UNKNOWN),
        one_more_does_not_count=(
            lambda: wrote(words("t1"), words("t2"), words("t3", flushFail=None)),
            UNKNOWN,
        ),
        one_does_not_say_by_what=(
            lambda: wrote(words("t1"), words("t2"), {**words("t3"), "attempts": 3}),
            UNKNOWN,
        ),
        nameless=(lambda: wrote(words("t1"), words("t2"), {**words(), "tab": None}), UNKNOWN),
        not_words=(lambda: wrote("t1", None), UNKNOWN),
        the_failure_was_not_counted=(
            lambda: wrote(words("t1"), words("t2", flushFail=2)),
            FAIL,
        ),
        the_failure_of_the_first_page_was_not_counted=(
            lambda: wrote(words("tab-1-of-ann", flushFail=2), words("t2")),
            FAIL,
            "tab tab-1-of made 3 attempts",
        ),
        more_refused_beacons_than_it_tried=(
            lambda: wrote(words("t1"), words("t2", beaconRefused=2)),
            FAIL,
            "counts 2 of 1 refused beacons",
        ),
        no_beacon_tried=(
            lambda: wrote(
                words("t1"), words("t2", attempts={"keepalive": 1, "sync": 1}, beaconRefused=0)
            ),
            FAIL,
            "counts 0 of 0 refused beacons",
        ),
        counted_twice=(lambda: wrote(words("t1"), words("t2", flushFail=4)), FAIL),
        none_counted_while_another_is_under_way=(
            lambda: wrote(words("t1"), words("t2", flushFail=0, inFlight=2)),
            FAIL,
        ),
        the_beacon_was_not_counted=(
            lambda: wrote(words("t1"), words("t2", beaconRefused=0)),
            FAIL,
        ),
        never_tried=(
            lambda: wrote(words("t1"), quiet("t2")),
            FAIL,
        ),
        one_was_let_through=(
            lambda: let_through().receipt(["a"], 4.0, tab="t2", transport="sync"),
            PASS,
        ),
        all_were_let_through=(
            lambda: (
                let_through()
                .receipt(["a"], 4.0, tab="t2", transport="sync")
                .receipt(["b"], 4.1, tab="t1", transport="sync")
            ),
            UNKNOWN,
        ),
        a_success_without_a_receipt=(let_through, FAIL),
        its_receipt_is_of_another_transport=(
            lambda: let_through().receipt(["a"], 4.0, tab="t2", transport="beacon"),
            FAIL,
        ),
        its_receipt_may_be_gone=(lambda: let_through(ended=False), UNKNOWN),
    ),
    *cases(
        "blocked_flush_counted",
        {"pages": 1, "sync": 0, "blocked": 0},
        none_tried=(lambda: wrote(quiet()), PASS),
        nothing_stored_of_it=(wrote, UNKNOWN),
        one_tried=(lambda: wrote(quiet(), words("t2")), FAIL),
        its_beacon_was_not_counted=(lambda: wrote(quiet(beaconRefused=0, flushFail=0)), FAIL),
        what_it_adopted_is_under_way=(
            lambda: wrote(quiet(attempts={"beacon": 1, "fetch": 1}, inFlight=2)),
            PASS,
        ),
        what_it_adopted_arrived=(
            lambda: wrote(quiet(attempts={"beacon": 1, "fetch": 1}, flushSuccess=1)),
            PASS,
        ),
        what_it_adopted_is_forgotten=(
            lambda: wrote(quiet(attempts={"beacon": 1, "fetch": 1})),
            FAIL,
        ),
    ),
    *cases(
        "blocked_flush_counted", {"pages": 0, "sync": 0, "blocked": 0}, nothing=(wrote, UNKNOWN)
    ),
]


CASES = [*BLOCKED_FLUSH_COUNTED]

test_each_case = every_case_holds(CASES)
