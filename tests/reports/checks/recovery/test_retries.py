"""How a page tried again."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.client import (
    Attempt,
    BeaconQueued,
    BeaconRefused,
    RetryScheduled,
    Unanswered,
)
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


def asked_to_wait(*again_s: float, status: int | None = 429, **more: Any) -> HandWritten:
    """Return an answer 429 at 1 s, and attempts so long after it."""
    ledger = lived().request("b", 0.9, 0.1, end=Unanswered, status=status, **more)
    for number, wait_s in enumerate(again_s, 2):
        ledger.request("b", 1.0 + wait_s, attempt=number, **more)
    return ledger


RETRY_AFTER = cases(
    "retry_after_heeded",
    {"wait_s": 3},
    heeded=(lambda: asked_to_wait(3.2), PASS),
    never_asked=(lived, UNKNOWN),
    never_again=(asked_to_wait, UNKNOWN),
    too_soon=(lambda: asked_to_wait(2.5), FAIL),
    at_the_same_moment=(lambda: asked_to_wait(0.0), FAIL),
    too_soon_as_a_beacon=(
        lambda: asked_to_wait().request("c", 1.5, transport="beacon").request("b", 5, attempt=2),
        FAIL,
    ),
    the_second_pause_is_cut_short=(
        lambda: asked_to_wait(3.1).request("c", 5, 0.1, end=Unanswered, status=503).request("c", 6),
        FAIL,
    ),
    another_tab_was_not_asked=(lambda: asked_to_wait(3.2).request("x", 2.0, tab="t2"), PASS),
    another_tabs_patience_is_not_this_ones=(
        lambda: (
            asked_to_wait(3.2)
            .request("x", 0.9, 0.1, end=Unanswered, status=429, tab="t2")
            .request("x", 1.2, tab="t2")
        ),
        FAIL,
    ),
    a_clock_an_hour_ahead=(
        lambda: asked_to_wait(3.2, clock_s=3600).request("x", 2.0, tab="t2"),
        PASS,
    ),
    other_silence_asks_for_nothing=(lambda: asked_to_wait(0.1, status=None), UNKNOWN),
    attempts_without_a_tab=(lambda: asked_to_wait(3.2).request("b", 1.5, tab=None), UNKNOWN),
    no_page_time=(
        lambda: asked_to_wait(3.2, page_wall_ns=0),
        UNKNOWN,
    ),
)


def failing(
    *waits_s: float, tab: str = "tab-1", start_s: float = 1.0, ledger: HandWritten | None = None
) -> HandWritten:
    """Return a batch that fails, is planned again and sent after each of these waits."""
    ledger, seconds = ledger or lived(), start_s
    for number, wait_s in enumerate(waits_s, 1):
        fails(ledger, seconds, attempt=number, tab=tab)
        seconds += 0.02 + wait_s
    return ledger.request("b", seconds, attempt=len(waits_s) + 1, tab=tab)


def fails(ledger: HandWritten, seconds: float, **more: Any) -> HandWritten:
    """A request fails within 20 ms and is planned again."""
    ledger.request("b", seconds, 0.01, end=Unanswered, **more)
    return ledger.reported(RetryScheduled, seconds + 0.02, batch="b", **more)


def interleaved() -> HandWritten:
    """Two tabs fail at the same time; each doubles for itself."""
    return failing(1, 2, 4, tab="tab-2", start_s=1.3, ledger=failing(1, 2, 4))


def one_tab_waits_too_little() -> HandWritten:
    """Both together look like 1, 2, 4 s; the second tab never doubles."""
    return failing(1, 1, 1, tab="tab-2", start_s=30.0, ledger=failing(1, 2, 4))


def after_a_success() -> HandWritten:
    """1 s, 2 s, an answer, then 1 s again."""
    return failing(1, start_s=20.0, ledger=failing(1, 2))


def left_meanwhile() -> HandWritten:
    """The page hides while it waits: its beacon is no early retry."""
    ledger = fails(failing(1, 2, 4), 20.0)
    hidden(ledger, 20.1).request("b", 20.1, attempt=9, transport="beacon", end=BeaconQueued)
    return back(ledger, 20.5).request("b", 21.02, attempt=10)


def online_again() -> HandWritten:
    """The network is back: the page tries at once, and begins anew."""
    ledger = fails(fails(lived(), 1.0), 2.02)
    ledger.reported(RetryScheduled, 2.5, reason="online", delay_ms=300)
    ledger.request("b", 2.8, attempt=3)
    return failing(1, 2, 4, start_s=10.0, ledger=ledger)


def over_beacons(*waits_s: float) -> HandWritten:
    """A page whose first transport is a beacon that the browser refuses."""
    ledger, seconds = lived(), 1.0
    for wait_s in waits_s:
        ledger.request("b", seconds, 0.001, transport="beacon", end=BeaconRefused)
        fails(ledger, seconds + 0.002, transport="keepalive", status=503)
        seconds += 0.022 + wait_s
    return ledger.request("b", seconds, transport="beacon", end=BeaconRefused)


FIXED = {"base_ms": 1000, "cap_ms": 4000, "jitter": 0, "retries": 3}


DRAWN = {**FIXED, "jitter": 1, "cap_ms": 300_000}


BACKOFF = [
    *cases(
        "backoff",
        FIXED,
        doubling=(lambda: failing(1, 2, 4), PASS),
        up_to_the_cap=(lambda: failing(1, 2, 4, 4, 4), PASS),
        none=(lived, UNKNOWN),
        too_few=(lambda: failing(1, 2), UNKNOWN),
        never_sent_again=(lambda: fails(lived(), 1.0), UNKNOWN),
        not_doubling=(lambda: failing(1, 1, 1), FAIL),
        past_the_cap=(lambda: failing(1, 2, 4, 8), FAIL),
        too_soon=(lambda: failing(0, 0, 0), FAIL),
        too_soon_though_too_few=(lambda: failing(0.5), FAIL),
        late_by_a_busy_machine=(lambda: failing(1.2, 2.2, 4.2), PASS),
        two_tabs=(interleaved, PASS),
        another_tabs_doubling_is_not_this_ones=(one_tab_waits_too_little, FAIL),
        after_a_success_it_begins_anew=(after_a_success, PASS),
        a_beacon_of_a_page_that_hides=(left_meanwhile, PASS),
        the_network_is_back=(online_again, PASS),
        beacons_first=(lambda: over_beacons(1, 2, 4), PASS),
        beacons_first_and_too_soon=(lambda: over_beacons(1, 1, 1), FAIL),
        a_hundred_failures=(lambda: failing(1, 2, *[4] * 20), PASS),
    ),
    *cases(
        "backoff",
        DRAWN,
        drawn=(lambda: failing(0.4, 1.9, 1.2), PASS),
        longer_than_the_delay=(lambda: failing(0.4, 2.9, 1.2), FAIL),
        no_wait_at_all=(lambda: failing(0.0, 0.0, 0.0), FAIL),
        hardly_a_wait=(lambda: failing(0.01, 0.03, 0.02), FAIL),
        one_short_draw_is_chance=(lambda: failing(0.01, 1.5, 3.0), PASS),
        never_less_than_the_whole_delay=(lambda: failing(1, 2, 4, 8, 16, 32), FAIL),
        one_long_draw_is_chance=(lambda: failing(1, 1.1, 2.2), PASS),
    ),
    *cases("backoff", {**FIXED, "retries": 0}, not_on_nothing=(lived, UNKNOWN)),
]


NO_RETRIES = cases(
    "no_retries",
    {},
    once=(lambda: lived().request("b", 1.0), PASS),
    nothing_sent=(lived, UNKNOWN),
    sent_again=(lambda: lived().request("b", 1.0).request("b", 2.0, attempt=2), FAIL),
    planned=(lambda: lived().request("b", 1.0).reported(RetryScheduled, 2.0), FAIL),
    without_an_answer=(lambda: lived().request("b", 1.0, end=Unanswered), FAIL),
    processed_twice=(
        lambda: lived().request("b", 1.0).receipt(["a"], 1.02).receipt(["a"], 1.03),
        FAIL,
        "processed 1 a second time",
    ),
    processed_once=(lambda: lived().request("b", 1.0).receipt(["a"], 1.02), PASS),
    the_network_is_back=(
        lambda: lived().request("b", 1.0).reported(RetryScheduled, 2, reason="online"),
        PASS,
    ),
)


def gave_up(reason: str = "timeout", transport: str = "keepalive", **second: Any) -> HandWritten:
    ledger = lived().reported(Attempt, 1.0, batch="b", attempt=1, transport="fetch")
    ledger.reported(Unanswered, 2.8, batch="b", attempt=1, reason=reason)
    return ledger.request("b", 2.9, attempt=2, transport=transport, **second)


THEN = cases(
    "timed_out_then",
    {"transport": "keepalive"},
    as_meant=(gave_up, PASS),
    nothing_sent=(lived, UNKNOWN),
    never_a_timeout=(lambda: lived().request("b", 1.0), UNKNOWN),
    another_reason=(lambda: gave_up("network"), UNKNOWN),
    the_same_transport_again=(lambda: gave_up(transport="fetch"), FAIL),
    never_answered=(lambda: gave_up(end=Unanswered), FAIL),
    another_batch_was_answered=(lambda: gave_up(end=Unanswered).request("c", 4.0), FAIL),
)


THEN_ANY = cases(
    "timed_out_then",
    {},
    over_the_same_transport=(lambda: gave_up(transport="fetch"), PASS),
    not_tried_again=(
        lambda: lived().request("b", 1.0, 1.8, end=Unanswered, reason="timeout"),
        FAIL,
    ),
    another_reason_over_any_transport=(lambda: gave_up("network"), UNKNOWN),
)


def tried_again(*failures: tuple[float, float], then_s: float = 0.1, **more: Any) -> HandWritten:
    """Failures in a row (when, and how long until the next try), each with a plan but the last."""
    ledger, attempt = lived(), 1
    for at_s, wait_s in failures:
        ledger.request("b", at_s - 0.1, 0.1, attempt=attempt, end=Unanswered, **more)
        ledger.reported(RetryScheduled, at_s, batch="b", delay_ms=wait_s * 1000)
        attempt += 1
    at_s, wait_s = failures[-1]
    return ledger.request("b", at_s + wait_s, then_s, attempt=attempt)


SOON = cases(
    "first_retry_soon",
    {"within_s": 5},
    within=(lambda: tried_again((2.0, 4.9)), PASS),
    late_by_a_timers_grain=(lambda: tried_again((2.0, 5.3)), PASS),
    late=(lambda: tried_again((2.0, 6.0)), FAIL),
    fell_back_at_once=(gave_up, PASS),
    only_the_first_in_a_row_is_judged=(lambda: tried_again((2.0, 4.0), (6.1, 9.0)), PASS),
    after_an_answer_it_is_a_first_again=(
        lambda: tried_again((2.0, 4.0)).request("c", 8.0, 0.1, end=Unanswered).request("d", 15.0),
        FAIL,
    ),
    the_server_asked_for_a_pause=(lambda: tried_again((2.0, 9.0), status=503), UNKNOWN),
    another_answer_is_a_failure=(lambda: tried_again((2.0, 9.0), status=500), FAIL),
    it_hid_meanwhile=(lambda: hidden(tried_again((2.0, 9.0)), 3.0), UNKNOWN),
    nothing_failed=(lambda: lived().request("b", 1.0), UNKNOWN),
    never_again=(lambda: lived().request("b", 1.0, end=Unanswered), UNKNOWN),
    time_unknown=(
        lambda: (
            tried_again((2.0, 4.0))
            .request("c", 8.0, 0.1, end=Unanswered)
            .request("c", 9.0, None, attempt=2, page_wall_ns=None)
        ),
        UNKNOWN,
    ),
)


CASES = [*RETRY_AFTER, *BACKOFF, *NO_RETRIES, *THEN, *THEN_ANY, *SOON]

test_each_case = every_case_holds(CASES)
