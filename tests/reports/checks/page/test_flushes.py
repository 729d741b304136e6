"""When a page flushed."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.client import (
    Acknowledged,
    Adopted,
    Attempt,
    BeaconQueued,
    BeaconRefused,
    Held,
    PageHide,
    PageShow,
    Recorded,
    TabClosing,
    TabLeaving,
    TabOpened,
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


def flushed(
    wait_s: float, *, tab: str = "tab-1", start_s: float = 1.0, clock_s: float = 0.0
) -> HandWritten:
    ledger = lived()
    return add_flush(ledger, wait_s, tab=tab, start_s=start_s, clock_s=clock_s)


def add_flush(
    ledger: HandWritten, wait_s: float, *, tab: str, start_s: float = 1.0, clock_s: float = 0.0
) -> HandWritten:
    batch = f"{tab}-1"
    ledger.reported(Recorded, start_s, tab=tab, batch=batch, artworks=["a"], clock_s=clock_s)
    return ledger.request(batch, start_s + wait_s, tab=tab, clock_s=clock_s)


def heir_sends_at_once() -> HandWritten:
    """The heir records at 1 s, sends what it adopted of the same artwork at 1.5 s, and its own view
    2 s after it."""
    ledger = flushed(2.0).reported(Adopted, 1.4, reason="dead", artworks=["a"])
    return ledger.request("dead-7", 1.5, artworks=["a"])


def silent_tab(*, closes_s: float | None = None) -> HandWritten:
    ledger = flushed(2.0).reported(Recorded, 1.0, tab="quiet", batch="q-1", artworks=["a"])
    return ledger if closes_s is None else ledger.noted(TabClosing, closes_s, tab="quiet")


def nameless(
    *, recorded: str | None = "b", sent: str | None = None, artwork: str = "a"
) -> HandWritten:
    """A view of ``a``, and 2 s later an attempt; one of both names no batch."""
    ledger = lived().reported(Recorded, 1.0, batch=recorded, artworks=["a"])
    return ledger.request(sent, 3.0, artworks=[artwork])


FLUSHED_AFTER = cases(
    "flushed_after",
    {"delay_ms": 2000, "tolerance_ms": 300},
    on_time=(lambda: flushed(2.1), PASS),
    nothing_recorded=(lived, UNKNOWN),
    recorded_and_never_sent=(
        lambda: lived().reported(Recorded, 1.0, batch="b", artworks=["a"]),
        UNKNOWN,
    ),
    late=(lambda: flushed(2.4), FAIL),
    early=(lambda: flushed(1.6), FAIL),
    at_the_last_moment=(lambda: flushed(2.3), PASS),
    early_beside_one_on_time=(lambda: add_flush(flushed(1.6), 2.0, tab="tab-2"), FAIL, "1600 ms"),
    late_beside_a_tab_that_showed_nothing=(
        lambda: flushed(2.4).noted(TabOpened, 0.5, tab="a-tab"),
        FAIL,
    ),
    an_attempt_without_a_batch=(nameless, PASS),
    a_view_without_a_batch=(lambda: nameless(recorded=None, sent="b"), PASS),
    an_attempt_without_a_batch_of_another_view=(lambda: nameless(artwork="z"), UNKNOWN),
    the_other_tab_is_late=(lambda: add_flush(flushed(2.0), 3.0, tab="tab-2"), FAIL),
    two_tabs_interleaved=(lambda: add_flush(flushed(2.0), 2.0, tab="tab-2", start_s=2.5), PASS),
    a_clock_an_hour_ahead=(lambda: add_flush(flushed(2), 2, tab="tab-2", clock_s=3600), PASS),
    an_adopted_batch_is_not_its_first=(heir_sends_at_once, PASS),
    an_adopted_batch_on_time_hides_nothing=(
        lambda: flushed(5.0).request("dead-7", 3.0, artworks=["x"]),
        FAIL,
    ),
    a_silent_tab_beside_one_that_spoke=(silent_tab, UNKNOWN),
    a_tab_that_closed_before_its_time=(lambda: silent_tab(closes_s=1.5), PASS),
    a_tab_that_left_before_its_time=(
        lambda: silent_tab().noted(TabLeaving, 1.5, tab="quiet"),
        PASS,
    ),
    a_tab_that_closed_while_there_was_time=(lambda: silent_tab(closes_s=3.0), PASS),
    a_tab_that_closed_when_time_was_over=(lambda: silent_tab(closes_s=3.3), UNKNOWN),
    a_tab_that_closed_long_after=(lambda: silent_tab(closes_s=5.0), UNKNOWN),
    no_page_time=(
        lambda: lived().reported(Recorded, 1.0, batch="b", page_wall_ns=None).request("b", 3.0),
        UNKNOWN,
    ),
)


SENT_BEFORE_RECORDED = cases(
    "flushed_after",
    {"delay_ms": 0, "tolerance_ms": 300},
    sent_before_it_was_recorded=(lambda: flushed(-0.1), FAIL),
    sent_at_once=(lambda: flushed(0.0), PASS, "left 0 ms after"),
    one_sent_at_once_and_one_late=(
        lambda: add_flush(flushed(0.0), 0.4, tab="tab-2"),
        FAIL,
        "left 400 ms after",
    ),
)


def views_every(step_s: float, until_s: float, *sent_s: float, tab: str = "tab-1") -> HandWritten:
    ledger = lived()
    for number in range(round(until_s / step_s) + 1):
        ledger.reported(Recorded, 1 + number * step_s, tab=tab, batch="b", artworks=[f"a{number}"])
    for number, seconds in enumerate(sent_s, 1):
        ledger.request("b", 1 + seconds, attempt=number, tab=tab)
    return ledger


def with_busy_neighbour() -> HandWritten:
    """A debounce starves one tab while another flushes every second."""
    ledger = views_every(0.5, 6)
    for second in range(8):
        ledger.request("n", 1.0 + second, tab="neighbour")
    return ledger


FLUSHES_KEEP_COMING = cases(
    "flushes_keep_coming",
    {"within_s": 2.5},
    steady=(lambda: views_every(0.5, 8, 2, 4, 6, 8), PASS),
    nothing_recorded=(lived, UNKNOWN),
    one_view=(lambda: views_every(1, 0, 0.5), UNKNOWN),
    two_views_within_the_bound=(lambda: views_every(2.351, 2.351, 9), UNKNOWN, "2.4 s only"),
    for_as_long_as_the_bound=(lambda: views_every(0.5, 2.5, 1), UNKNOWN),
    for_hardly_longer_than_the_bound=(lambda: views_every(1.251, 2.502, 1.251), PASS),
    each_at_once=(lambda: views_every(1, 3, 0, 1, 2, 3), PASS, "longer than 0.00 s"),
    at_the_last_moment=(lambda: views_every(0.5, 8, 2.5, 5, 7.5), PASS, "longer than 2.50 s"),
    starved=(lambda: views_every(0.5, 8, 10), FAIL),
    starved_and_never_sent=(lambda: views_every(0.5, 8), FAIL),
    starved_in_the_middle=(lambda: views_every(0.5, 8, 1, 6, 8), FAIL),
    the_last_views_flush_was_the_tabs_end=(lambda: views_every(0.5, 8, 2, 4, 6), PASS),
    another_tabs_flushes=(with_busy_neighbour, FAIL),
    an_hour_ahead=(
        lambda: views_every(0.5, 8, 2, 4, 6, 8).reported(
            Recorded, 2.0, tab="t2", batch="x", clock_s=3600
        ),
        PASS,
    ),
)


def one_by_one() -> HandWritten:
    return lived().request("b1", 1.0, 0.5).request("b2", 2.0, 0.5)


def overlapping(**second: Any) -> HandWritten:
    return lived().request("b1", 1.0, 1.0).request("b2", 1.5, 1.0, **second)


def end_with_a_later_number() -> HandWritten:
    """A fetch is under way, the page hides: the beacon is attempt 2, and so says its end."""
    ledger = hidden(lived().reported(Attempt, 1.0, batch="b", attempt=1, transport="fetch"), 1.1)
    ledger.reported(Attempt, 1.1, batch="b", attempt=2, transport="beacon")
    ledger.reported(BeaconQueued, 1.1, batch="b", attempt=2, transport="beacon")
    ledger.reported(Acknowledged, 1.3, batch="b", attempt=2, transport="fetch", status=200)
    return back(ledger, 1.4).request("b2", 2.0)


def held_by_a_sign_in() -> HandWritten:
    """Somebody else signs in while a request is under way: that ends no request."""
    ledger = lived().reported(Attempt, 1.0, batch="b", attempt=1, transport="fetch")
    ledger.reported(Held, 1.1, batch="b", reason="somebody else signed in")
    return ledger.request("b2", 1.2)


def heard_late() -> HandWritten:
    """Two requests at once; their rows were heard one after the other."""
    ledger = lived().reported(Attempt, 1.0, batch="b1", attempt=1, transport="fetch")
    ledger.reported(Acknowledged, 1.1, batch="b1", attempt=1, transport="fetch", clock_s=0.4)
    return ledger.reported(Attempt, 1.2, batch="b2", attempt=1, transport="fetch")


ONE_IN_FLIGHT = cases(
    "one_in_flight",
    {},
    one_at_a_time=(one_by_one, PASS),
    nothing_sent=(lived, UNKNOWN),
    two_at_once=(overlapping, FAIL),
    the_same_batch_twice_at_once=(
        lambda: lived().request("b", 1.0, 1.0).request("b", 1.5, 1.0, attempt=2),
        FAIL,
    ),
    two_at_once_without_numbers=(
        lambda: lived().request("b1", 1.0, 1.0, attempt=None).request("b2", 1.5, attempt=None),
        FAIL,
    ),
    a_blocking_request_meanwhile=(lambda: overlapping(transport="sync"), FAIL),
    a_beacon_meanwhile=(lambda: overlapping(transport="beacon"), PASS),
    only_beacons=(lambda: lived().request("b", 1.0, transport="beacon"), UNKNOWN),
    two_tabs_at_once=(lambda: overlapping(tab="tab-2"), PASS),
    two_tabs_share_a_batch_id=(
        lambda: (
            lived().request("b", 1.0, 1.0).request("b", 1.5, 0.1, tab="tab-2").request("c", 1.8)
        ),
        FAIL,
    ),
    a_clock_behind=(lambda: overlapping(tab="tab-2", clock_s=-0.5), PASS),
    heard_out_of_order=(heard_late, FAIL),
    while_it_was_hidden=(
        lambda: back(hidden(overlapping(), 1.2), 2.8).request("b3", 3.0),
        PASS,
    ),
    hidden_only=(lambda: hidden(overlapping(), 0.5), UNKNOWN),
    opened_behind_another=(lambda: back(overlapping(), 2.8), UNKNOWN),
    after_it_came_back=(lambda: back(hidden(overlapping(), 0.5), 1.2), FAIL),
    the_end_names_a_later_attempt=(end_with_a_later_number, PASS),
    held_by_a_sign_in=(held_by_a_sign_in, FAIL),
    attempts_without_a_tab=(lambda: one_by_one().request("b3", 3.0, tab=None), UNKNOWN),
    attempts_over_nothing=(
        lambda: one_by_one().request("b3", 3.0, transport=None).request("b4", 4.0, transport=None),
        UNKNOWN,
        "2 attempts",
    ),
)


def beacon(
    ledger: HandWritten, seconds: float, attempt: int | None = 1, **more: Any
) -> HandWritten:
    end = more.pop("end", BeaconQueued)
    batch = more.pop("batch", "b")
    return ledger.request(
        batch, seconds, 0.001, attempt=attempt, transport="beacon", end=end, **more
    )


def one_hide() -> HandWritten:
    return beacon(hidden(lived(), 1.0), 1.001)


def late_failure() -> HandWritten:
    """Hidden, the page asked over keepalive and got no answer; closing, it sends a beacon again."""
    ledger = one_hide().request("b", 3.0, attempt=2, transport="keepalive", end=Unanswered)
    return beacon(ledger.reported(PageHide, 5.0, reason="persisted=false"), 5.001, 3)


def received(ledger: HandWritten, seconds: float, attempt: int | None, **more: Any) -> HandWritten:
    return ledger.receipt(["a"], seconds, attempt=attempt, transport="beacon", **more)


def heir_closes_too() -> HandWritten:
    """The dead tab's beacon was heard; the heir's, sent while it closed, is in the receipts."""
    ledger = one_hide().reported(Adopted, 3.0, tab="heir", reason="tab-1")
    ledger.noted(TabClosing, 4.0, tab="heir")
    return received(received(ledger, 1.1, 1), 4.1, 2)


ONE_FLUSH_PER_HIDE = cases(
    "one_flush_per_hide",
    {},
    once=(one_hide, PASS),
    no_beacon=(lived, UNKNOWN),
    twice_for_one_hide=(lambda: beacon(one_hide(), 1.002, 2), FAIL),
    hidden_twice=(lambda: beacon(hidden(back(one_hide(), 2.0), 3.0), 3.001, 2), PASS),
    twice_for_the_first_of_many_hides=(
        lambda: hidden(back(hidden(back(beacon(one_hide(), 1.1, 2), 2.0), 3.0), 4.0), 5.0),
        FAIL,
    ),
    visibilitychange_and_pagehide_are_one_hide=(
        lambda: beacon(one_hide().reported(PageHide, 1.01, reason=""), 1.011, 2),
        FAIL,
    ),
    a_close_that_was_heard_is_no_second_hide=(
        lambda: beacon(one_hide(), 1.1, 2).noted(TabClosing, 0.9),
        FAIL,
    ),
    twice_without_numbers=(
        lambda: beacon(beacon(hidden(lived(), 1.0), 1.001, None), 1.002, None),
        FAIL,
    ),
    from_the_cache_and_back_into_it=(
        lambda: beacon(
            one_hide()
            .reported(PageHide, 1.1, reason="persisted=true isTrusted=true")
            .reported(PageShow, 2.0, reason="persisted=true isTrusted=true")
            .reported(PageHide, 3.0, reason="persisted=true isTrusted=true"),
            3.001,
            2,
        ),
        PASS,
    ),
    the_browser_refused_the_first=(
        lambda: beacon(beacon(hidden(lived(), 1.0), 1.0, 1, end=BeaconRefused), 1.1, 2),
        PASS,
    ),
    only_refused=(
        lambda: beacon(hidden(lived(), 1.0), 1.0, end=BeaconRefused),
        UNKNOWN,
    ),
    it_failed_over_another_transport=(late_failure, PASS),
    two_tabs_share_a_batch_id=(
        lambda: beacon(hidden(one_hide(), 1.0, tab="tab-2"), 1.001, 1, tab="tab-2"),
        PASS,
    ),
    two_tabs_share_a_batch_id_and_one_flushes_twice=(
        lambda: beacon(beacon(one_hide(), 1.001, 1, tab="tab-2"), 1.002, 2, tab="tab-2"),
        FAIL,
    ),
    heard_and_received_is_one=(lambda: received(one_hide(), 1.1, 1), PASS),
    one_only_in_the_receipts=(
        lambda: received(lived().noted(TabClosing, 1.0), 1.1, 1),
        PASS,
    ),
    two_only_in_the_receipts=(
        lambda: received(received(lived().noted(TabClosing, 1.0), 1.1, 1), 1.2, 2),
        FAIL,
    ),
    one_heard_and_one_in_the_receipts_of_one_close=(
        lambda: received(received(one_hide().noted(TabClosing, 0.9), 1.1, 1), 1.2, 2),
        FAIL,
    ),
    hidden_before_and_closed_later=(
        lambda: received(back(one_hide(), 2.0).noted(TabClosing, 3.0), 3.1, 2),
        PASS,
    ),
    an_heir_that_closed_too=(heir_closes_too, PASS),
    one_of_two_tabs_twice=(
        lambda: beacon(hidden(beacon(one_hide(), 1.002, 2), 1.0, tab="tab-2"), 1.1, tab="tab-2"),
        FAIL,
    ),
    a_tab_that_left_and_closed=(
        lambda: received(
            received(lived().noted(TabLeaving, 1.0).noted(TabClosing, 2.0), 1.1, 1), 2.1, 2
        ),
        PASS,
    ),
    two_of_a_tab_that_reported_nothing=(
        lambda: received(received(lived(), 1.1, 1), 1.2, 2),
        FAIL,
    ),
    the_browser_repeats_it=(
        lambda: received(received(lived().noted(TabClosing, 1.0), 1.1, 1), 1.2, 1),
        PASS,
    ),
)


CASES = [
    *FLUSHED_AFTER,
    *SENT_BEFORE_RECORDED,
    *FLUSHES_KEEP_COMING,
    *ONE_IN_FLIGHT,
    *ONE_FLUSH_PER_HIDE,
]

test_each_case = every_case_holds(CASES)
