"""How a page sent it, check by check: requests, transports, events, hides and tabs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reports.verdict.verdict import Verdict
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    Make,
    back,
    find,
    hidden,
    judged,
    lived,
)


def arrived(*batches: Any, **fields: Any) -> HandWritten:
    """Return receipts of these batches, one a second, of one artwork each."""
    ledger = lived()
    for number, batch in enumerate(batches):
        ledger.receipt([f"a{number}"], 1.0 + number, batch=batch, **fields)
    return ledger


def killed() -> HandWritten:
    return HandWritten().lifetime(ended=False).receipt(["a"], 1.0)


def one_by_one() -> HandWritten:
    return lived().request("b1", 1.0, 0.5).request("b2", 2.0, 0.5)


def overlapping(**second: Any) -> HandWritten:
    return lived().request("b1", 1.0, 1.0).request("b2", 1.5, 1.0, **second)


def end_with_a_later_number() -> HandWritten:
    """A fetch is under way, the page hides: the beacon is attempt 2, and so says its end."""
    ledger = hidden(lived().told("attempt", 1.0, batch="b", attempt=1, transport="fetch"), 1.1)
    ledger.told("attempt", 1.1, batch="b", attempt=2, transport="beacon")
    ledger.told("beacon_queued", 1.1, batch="b", attempt=2, transport="beacon")
    ledger.told("acknowledged", 1.3, batch="b", attempt=2, transport="fetch", status=200)
    return back(ledger, 1.4).request("b2", 2.0)


def held_by_a_sign_in() -> HandWritten:
    """Somebody else signs in while a request is under way: that ends no request."""
    ledger = lived().told("attempt", 1.0, batch="b", attempt=1, transport="fetch")
    ledger.told("held", 1.1, batch="b", says={"reason": "somebody else signed in"})
    return ledger.request("b2", 1.2)


def said_late() -> HandWritten:
    """Two requests at once; their rows were heard one after the other."""
    ledger = lived().told("attempt", 1.0, batch="b1", attempt=1, transport="fetch")
    ledger.told("acknowledged", 1.1, clock_s=0.4, batch="b1", attempt=1, transport="fetch")
    return ledger.told("attempt", 1.2, batch="b2", attempt=1, transport="fetch")


ONE_IN_FLIGHT = judged(
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
    heard_out_of_order=(said_late, FAIL),
    while_it_was_hidden=(
        lambda: back(hidden(overlapping(), 1.2), 2.8).request("b3", 3.0),
        PASS,
    ),
    hidden_only=(lambda: hidden(overlapping(), 0.5), UNKNOWN),
    opened_behind_another=(lambda: back(overlapping(), 2.8), UNKNOWN),
    after_it_came_back=(lambda: back(hidden(overlapping(), 0.5), 1.2), FAIL),
    the_end_names_a_later_attempt=(end_with_a_later_number, PASS),
    held_by_a_sign_in=(held_by_a_sign_in, FAIL),
    attempts_of_nobody=(lambda: one_by_one().request("b3", 3.0, tab=None), UNKNOWN),
    attempts_over_nothing=(lambda: one_by_one().request("b3", 3.0, transport=None), UNKNOWN),
)


def measured(size: Any, received: int | None = 100, **fields: Any) -> HandWritten:
    says = {} if size is None else {"bytes": size}
    ledger = lived().request("b", 1.0, says=says, **fields)
    return ledger.receipt(["a"], 1.02, bytes=received)


def heir_reuses_a_number() -> HandWritten:
    """The dead tab's attempt 2 never arrived; the heir, who does not know of it, sends one too."""
    ledger = lived().request("b", 1.0, None, attempt=2, tab="dead", says={"bytes": 300})
    ledger.told("adopted", 2.0, tab="heir", says={"reason": "dead"})
    ledger.request("b", 2.1, attempt=2, tab="heir", says={"bytes": 200})
    return ledger.receipt(["a"], 2.12, tab="dead", attempt=2, bytes=200)


def swapped() -> HandWritten:
    """Two tabs with the same batch id measured each other's size."""
    ledger = measured(200).request("b", 1.0, tab="tab-2", says={"bytes": 100})
    return ledger.receipt(["a"], 1.02, tab="tab-2", bytes=200)


BYTES_MEASURED = judged(
    "bytes_measured",
    {},
    right=(lambda: measured(100), PASS),
    nothing_sent=(lived, UNKNOWN),
    wrong=(lambda: measured(99), FAIL),
    not_measured=(lambda: measured(None), UNKNOWN),
    never_received=(lambda: lived().request("b", 1.0, says={"bytes": 100}), UNKNOWN),
    one_of_two_not_measured=(
        lambda: measured(100).request("c", 2.0, says={}).receipt(["c"], 2.1, batch="c"),
        UNKNOWN,
    ),
    received_size_is_null=(lambda: measured(100, None), UNKNOWN),
    wrong_without_numbers=(
        lambda: (
            lived()
            .request(None, 1.0, attempt=None, says={"bytes": 1})
            .receipt(["a"], 1.0, batch=None, attempt=None)
        ),
        UNKNOWN,
    ),
    the_browser_repeats_it=(lambda: measured(100).receipt(["a"], 1.1), PASS),
    an_heir_reuses_a_number=(heir_reuses_a_number, PASS),
    two_tabs_with_one_batch_id=(swapped, FAIL),
    a_closing_pages_beacon=(
        lambda: measured(100).receipt(["z"], 3.0, batch="z", transport="beacon", bytes=7),
        PASS,
    ),
)

WENT_OVER = judged(
    "went_over",
    {"transport": "beacon", "least": 2},
    twice=(lambda: arrived("b1", "b2", transport="beacon"), PASS),
    no_receipts=(lived, UNKNOWN),
    once=(lambda: arrived("b1", transport="beacon"), FAIL),
    over_another=(lambda: arrived("b1", "b2", transport="fetch"), FAIL),
    one_batch_twice=(lambda: arrived("b1", "b1", transport="beacon"), FAIL),
    only_refused=(
        lambda: arrived("b1", "b2", transport="beacon", status=400, committed_mono_ns=None),
        UNKNOWN,
    ),
    nobody_says_over_what=(lambda: arrived("b1", "b2", transport=None), UNKNOWN),
    nameless=(lambda: arrived(None, None, transport="beacon"), UNKNOWN),
    a_killed_server_may_have_taken_more=(killed, UNKNOWN),
)


def switched(*trusted: str) -> HandWritten:
    ledger = lived()
    for number, word in enumerate(trusted):
        hidden(ledger, 1.0 + number, trusted=word)
    return ledger


EVENTS_FROM_BROWSER = [
    *judged(
        "events_from_browser",
        {"event": "visibility", "least": 3},
        real=(lambda: switched("true", "true", "true"), PASS),
        none=(lived, UNKNOWN),
        too_few=(lambda: switched("true", "true"), UNKNOWN),
        one_made_up_among_real_ones=(lambda: switched("true", "false", "true", "true"), FAIL),
        says_both=(lambda: switched("true", "true", "false isTrusted=true"), FAIL),
        does_not_say=(lambda: switched("true", "true", "true").told("visibility", 9.0), UNKNOWN),
        nearly_says=(lambda: switched("true", "true", "trueish"), UNKNOWN),
    ),
    *judged(
        "events_from_browser",
        {"event": "visibility", "least": 0},
        not_on_nothing=(lived, UNKNOWN),
    ),
]


def beacon(
    ledger: HandWritten, seconds: float, attempt: int | None = 1, **more: Any
) -> HandWritten:
    end = more.pop("end", "beacon_queued")
    batch = more.pop("batch", "b")
    return ledger.request(
        batch, seconds, 0.001, attempt=attempt, transport="beacon", end=end, **more
    )


def one_hide() -> HandWritten:
    return beacon(hidden(lived(), 1.0), 1.001)


def late_failure() -> HandWritten:
    """Hidden, the page asked over keepalive and got no answer; closing, it sends a beacon again."""
    ledger = one_hide().request("b", 3.0, attempt=2, transport="keepalive", end="unknown")
    return beacon(ledger.told("pagehide", 5.0, says={"reason": "persisted=false"}), 5.001, 3)


def received(ledger: HandWritten, seconds: float, attempt: int | None, **more: Any) -> HandWritten:
    return ledger.receipt(["a"], seconds, attempt=attempt, transport="beacon", **more)


def heir_closes_too() -> HandWritten:
    """The dead tab's beacon was heard; the heir's, sent while it closed, is in the receipts."""
    ledger = one_hide().told("adopted", 3.0, tab="heir", says={"reason": "tab-1"})
    ledger.noted("tab_closing", 4.0, tab="heir")
    return received(received(ledger, 1.1, 1), 4.1, 2)


ONE_FLUSH_PER_HIDE = judged(
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
        lambda: beacon(one_hide().told("pagehide", 1.01, says={"reason": ""}), 1.011, 2),
        FAIL,
    ),
    a_close_that_was_heard_is_no_second_hide=(
        lambda: beacon(one_hide(), 1.1, 2).noted("tab_closing", 0.9),
        FAIL,
    ),
    twice_without_numbers=(
        lambda: beacon(beacon(hidden(lived(), 1.0), 1.001, None), 1.002, None),
        FAIL,
    ),
    from_the_cache_and_back_into_it=(
        lambda: beacon(
            one_hide()
            .told("pagehide", 1.1, says={"reason": "persisted=true isTrusted=true"})
            .told("pageshow", 2.0, says={"reason": "persisted=true isTrusted=true"})
            .told("pagehide", 3.0, says={"reason": "persisted=true isTrusted=true"}),
            3.001,
            2,
        ),
        PASS,
    ),
    the_browser_refused_the_first=(
        lambda: beacon(beacon(hidden(lived(), 1.0), 1.0, 1, end="beacon_refused"), 1.1, 2),
        PASS,
    ),
    only_refused=(
        lambda: beacon(hidden(lived(), 1.0), 1.0, end="beacon_refused"),
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
        lambda: received(lived().noted("tab_closing", 1.0), 1.1, 1),
        PASS,
    ),
    two_only_in_the_receipts=(
        lambda: received(received(lived().noted("tab_closing", 1.0), 1.1, 1), 1.2, 2),
        FAIL,
    ),
    one_heard_and_one_in_the_receipts_of_one_close=(
        lambda: received(received(one_hide().noted("tab_closing", 0.9), 1.1, 1), 1.2, 2),
        FAIL,
    ),
    hidden_before_and_closed_later=(
        lambda: received(back(one_hide(), 2.0).noted("tab_closing", 3.0), 3.1, 2),
        PASS,
    ),
    an_heir_that_closed_too=(heir_closes_too, PASS),
    the_browser_repeats_it=(
        lambda: received(received(lived().noted("tab_closing", 1.0), 1.1, 1), 1.2, 1),
        PASS,
    ),
)


def opened(*tabs: str | None, closed: tuple[str, ...] = ()) -> HandWritten:
    ledger = lived()
    for tab in tabs:
        ledger.noted("tab_opened", 1.0, tab=tab)
    for tab in closed:
        ledger.noted("tab_closed", 2.0, tab=tab)
    return ledger


TABS_DISTINCT = [
    *judged(
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
    *judged("tabs_distinct", {"tabs": 0}, not_on_nothing=(lived, UNKNOWN)),
]


FLOWN = [
    *ONE_IN_FLIGHT,
    *BYTES_MEASURED,
    *WENT_OVER,
    *EVENTS_FROM_BROWSER,
    *ONE_FLUSH_PER_HIDE,
    *TABS_DISTINCT,
]


@pytest.mark.parametrize(("check", "parameters", "make", "verdict"), FLOWN)
def test_how_a_page_sent_it(
    tmp_path: Path, check: str, parameters: dict[str, Any], make: Make, verdict: Verdict
) -> None:
    finding = find(check, make(), tmp_path, **parameters)
    assert (finding.check, finding.verdict) == (check, verdict), finding.summary
