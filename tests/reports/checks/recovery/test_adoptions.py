"""Pages that take over the queue of a page that lives."""

from __future__ import annotations

from harness.ledger.kinds.client import (
    Adopted,
    PageHide,
    PageShow,
    Persisted,
    Recorded,
    TabClosed,
)
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def adopted(
    last_s: float | None = 6.0,
    *,
    left_s: float | None = None,
    back_s: float | None = None,
    clock_s: float = 0.0,
) -> HandWritten:
    """A page writes a view to disk at 1 s, another takes over its queue at 3 s; it reports again
    at ``last_s``, its clock ``clock_s`` ahead. It leaves at ``left_s`` and comes back at
    ``back_s``."""
    ledger = lived().reported(Recorded, 0.9, tab="old", batch="b", artworks=("a",), clock_s=clock_s)
    ledger.reported(Persisted, 1.0, tab="old", batch="b", artworks=("a",), clock_s=clock_s)
    ledger.reported(Adopted, 3.0, tab="new", reason="old", artworks=("a",))
    if left_s is not None:
        reason = "persisted=true isTrusted=true"
        ledger.reported(PageHide, left_s, tab="old", reason=reason, clock_s=clock_s)
    if back_s is not None:
        reason = "persisted=true isTrusted=true"
        ledger.reported(PageShow, back_s, tab="old", reason=reason, clock_s=clock_s)
    if last_s is not None:
        artworks = ("c",)
        ledger.reported(Recorded, last_s, tab="old", batch="c", artworks=artworks, clock_s=clock_s)
    return ledger


def first_heard(at_s: float, *, clock_s: float = 0.0, old: str = "old", **more: str) -> HandWritten:
    """A page reports first at ``at_s`` and last at 6 s; its queue is taken over at 3 s."""
    ledger = lived().reported(Recorded, at_s, tab=old, batch="b", artworks=("a",), clock_s=clock_s)
    adoption = {"tab": "new", "reason": old, "artworks": ("a",)} | more
    ledger.reported(Adopted, 3.0, **adoption)
    return ledger.reported(Recorded, 6.0, tab=old, batch="c", artworks=("c",), clock_s=clock_s)


CASES = cases(
    "adopted_from_gone",
    {},
    from_one_that_never_reports_again=(lambda: adopted(None), PASS, "1 queues were taken over"),
    closed=(lambda: adopted(None).noted(TabClosed, 2.0, tab="old"), PASS),
    from_one_that_reports_on=(adopted, FAIL, "queue of one that was not gone"),
    whose_last_words_are_heard_late=(lambda: adopted(3.9), PASS),
    by_its_own_clock_it_spoke_before=(lambda: adopted(4.5, clock_s=-2.0), PASS),
    from_the_cache=(lambda: adopted(left_s=2.0, back_s=5.0), PASS),
    from_the_cache_and_its_return_was_not_heard=(lambda: adopted(left_s=2.0), PASS),
    from_one_that_left_at_that_moment=(lambda: adopted(left_s=3.1, back_s=5.0), PASS),
    from_one_that_came_back_before=(
        lambda: adopted(left_s=1.5, back_s=2.0),
        FAIL,
        "1 of 1 times",
    ),
    from_one_that_left_long_after=(lambda: adopted(left_s=7.0), FAIL),
    its_last_words_came_a_second_later=(lambda: adopted(5.0, clock_s=-1.0), PASS),
    they_were_heard_a_second_later=(lambda: adopted(4.0, clock_s=1.0), PASS),
    its_clock_is_two_seconds_ahead=(lambda: adopted(3.5, clock_s=2.0), PASS),
    first_heard_at_that_moment=(lambda: first_heard(3.0), FAIL),
    first_heard_after_it=(lambda: first_heard(3.5, clock_s=-1.0), PASS),
    its_return_is_the_next_that_is_heard=(lambda: adopted(back_s=5.0), PASS),
    it_left_then_and_reports_on=(lambda: adopted(left_s=3.1), PASS),
    the_reason_says_more=(lambda: first_heard(1.0, reason="old because"), FAIL),
    of_a_page_that_was_never_heard=(lambda: first_heard(1.0, reason="older"), PASS),
    long_names=(
        lambda: first_heard(1.0, old="an-old-long-name", tab="a-new-long-name"),
        FAIL,
    ),
    nothing_was_taken_over=(lived, UNKNOWN),
)

test_each_case = every_case_holds(CASES)
