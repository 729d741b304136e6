"""Pages whose queue does not add up."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.client import Adopted, QueueState
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived

COUNTERS = {
    "recorded": 5,
    "adopted": 2,
    "totalFlushed": 3,
    "refused": 1,
    "queueDepth": 1,
    "inFlight": 1,
    "held": 1,
}


def read(ledger: HandWritten | None = None, **changed: int) -> HandWritten:
    """A page's counters are read at 5 s."""
    return (ledger or lived()).noted(QueueState, 5.0, telemetry=COUNTERS | changed)


def taken_over(at_s: float, **more: Any) -> HandWritten:
    """Another page takes two views over from this one."""
    return lived().reported(Adopted, at_s, tab="heir", reason="tab-1", artworks=("a", "b"), **more)


def without(name: str) -> HandWritten:
    rest = {key: count for key, count in COUNTERS.items() if key != name}
    return lived().noted(QueueState, 5.0, telemetry=rest)


CASES = cases(
    "queue_adds_up",
    {},
    all_there=(read, PASS, "1 times a page's queue added up"),
    twice_all_there=(lambda: read(read()), PASS, "2 times a page's queue added up"),
    a_view_is_gone=(lambda: read(queueDepth=0), FAIL, "forgot 1 views"),
    a_view_of_a_tab_with_a_long_name_is_gone=(
        lambda: lived().noted(
            QueueState, 5.0, tab="tab-1-of-ann", telemetry=COUNTERS | {"queueDepth": 0}
        ),
        FAIL,
        "tab tab-1-of forgot 1 views",
    ),
    a_view_too_many=(lambda: read(totalFlushed=4), FAIL, "has 1 views too many"),
    taken_over_before=(lambda: read(taken_over(4.0), recorded=7), PASS),
    more_is_gone_than_was_taken_over=(lambda: read(taken_over(4.0), recorded=8), FAIL),
    taken_over_later=(lambda: read(taken_over(5.6), recorded=7), FAIL),
    taken_over_before_and_heard_later=(
        lambda: read(taken_over(5.6, clock_s=-1.0), recorded=7),
        PASS,
    ),
    taken_over_as_far_later_as_clocks_differ=(
        lambda: read(taken_over(5.6, clock_s=-0.58), recorded=7),
        PASS,
    ),
    taken_over_later_and_heard_a_minute_after=(
        lambda: read(taken_over(70.0, clock_s=-60.0), recorded=7),
        FAIL,
    ),
    by_a_page_whose_clock_is_set_otherwise=(
        lambda: read(taken_over(5.6, clock_s=3600.0), recorded=7),
        PASS,
    ),
    taken_over_from_another=(
        lambda: read(lived().reported(Adopted, 4.0, reason="tab-2", artworks=("a",)), recorded=6),
        FAIL,
    ),
    a_counter_that_the_page_does_not_have=(lambda: without("held"), UNKNOWN),
    never_read=(lived, UNKNOWN),
)

test_each_case = every_case_holds(CASES)
