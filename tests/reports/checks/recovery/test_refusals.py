"""What the server refused for good."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.client import Adopted, BatchRefused, QueueState, Unanswered
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    lived,
)


def refused(*again: Any, stored: tuple[str, ...] = ("c",)) -> HandWritten:
    """Return a and b, which were refused, and c, which was not."""
    ledger = lived().shown("a", 1.0).shown("b", 1.0).shown("c", 2.0)
    ledger.request("b1", 1.5, end=BatchRefused, status=400, artworks=["a", "b"])
    ledger.request("b2", 3.0, artworks=["c"]).receipt(["c"], 3.02, batch="b2")
    for seconds, more in enumerate(again, 4):
        ledger.request(**{"batch": "b1", "artworks": ["a", "b"], "seconds": seconds, **more})
    return ledger.final(9.0, viewed_s=3.01, **dict.fromkeys(stored, 1))


def acked_elsewhere() -> HandWritten:
    """a was refused in one tab and acknowledged in another, and has no row: that is no refusal."""
    ledger = refused().shown("a", 4.0, tab="t2")
    return ledger.request("x", 4.1, artworks=["a"], tab="t2")


def none_refused(stored: int = 1) -> HandWritten:
    ledger = lived().shown("c", 2.0).request("b2", 3.0, artworks=["c"])
    ledger.receipt(["c"], 3.02, batch="b2")
    return ledger.final(9.0, viewed_s=3.01, c=stored)


def no_final_read() -> HandWritten:
    ledger = refused()
    ledger.rows["database"].clear()
    return ledger


REFUSED = [
    *cases(
        "refused_were_dropped",
        {"impressions": 2},
        dropped=(refused, PASS),
        nothing=(lived, UNKNOWN),
        no_final_read=(no_final_read, UNKNOWN),
        sent_again=(lambda: refused({"attempt": 2, "end": BatchRefused, "status": 400}), FAIL),
        sent_again_in_another_batch=(lambda: refused({"batch": "b3"}), FAIL),
        sent_again_without_a_batch=(lambda: refused({"batch": None}), FAIL),
        sent_again_by_an_heir=(
            lambda: refused({"tab": "heir"}).reported(Adopted, 3.5, tab="heir"),
            FAIL,
        ),
        another_tab_sees_the_same=(
            lambda: refused({"tab": "t2", "batch": "t2-1"}, stored=("a", "b", "c")),
            PASS,
        ),
        another_tab_has_the_same_batch_id=(
            lambda: refused({"tab": "t2", "artworks": ["c"]}),
            PASS,
        ),
        another_tab_before_with_its_clock_ahead=(
            lambda: (
                refused()
                .request("b1", 1.2, end=Unanswered, artworks=["a"], tab="heir", clock_s=60)
                .reported(Adopted, 1.1, tab="heir")
            ),
            PASS,
        ),
        another_is_lost=(lambda: refused(stored=()), FAIL),
        acknowledged_elsewhere_and_lost=(acked_elsewhere, FAIL),
        still_in_the_queue=(lambda: refused().noted(QueueState, 5.0, artworks=["a"]), FAIL),
        in_the_queue_before=(lambda: refused().noted(QueueState, 1.4, artworks=["a"]), PASS),
    ),
    *cases("refused_were_dropped", {"impressions": 3}, too_few=(refused, UNKNOWN)),
    *cases("refused_were_dropped", {"impressions": 0}, not_on_nothing=(lived, UNKNOWN)),
    *cases(
        "refused_were_dropped",
        {},
        however_many=(refused, PASS),
        however_many_and_another_lost=(lambda: refused(stored=()), FAIL),
        none_and_all_stored=(none_refused, PASS),
        none_and_one_lost=(lambda: none_refused(stored=0), FAIL),
        none_shown=(lived, UNKNOWN),
    ),
]


CASES = [*REFUSED]

test_each_case = every_case_holds(CASES)
