"""A page's counters and logs."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.ledger.kinds.client import (
    Acknowledged,
    BatchRefused,
    BeaconQueued,
    BeaconRefused,
    PageAnswer,
    QueueState,
    RetryScheduled,
    Unanswered,
)
from harness.ledger.kinds.viewer import ViewIntent
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    lived,
)


def counters(**changed: Any) -> dict[str, Any]:
    """Return the telemetry of ``counted``, changed."""
    return {
        "recorded": 3,
        "flushSuccess": 1,
        "totalFlushed": 2,
        "beaconQueued": 1,
        "retries": 1,
        "attempts": {"fetch": 2, "keepalive": 0, "beacon": 1, "sync": 0},
        **changed,
    }


def counted(tab: str = "tab-1", ledger: HandWritten | None = None, **changed: Any) -> HandWritten:
    """Return a page that failed once, was answered once and sent a beacon, and what it counts."""
    ledger = ledger or lived()
    for artwork in "abc":
        ledger.shown(artwork, 1.0, tab=tab)
    ledger.request("b1", 2.0, end=Unanswered, artworks=["a", "b"], tab=tab)
    ledger.reported(RetryScheduled, 2.1, batch="b1", reason="network", tab=tab)
    ledger.request("b1", 3.0, attempt=2, artworks=["a", "b"], tab=tab)
    ledger.request("b2", 4.0, transport="beacon", end=BeaconQueued, artworks=["c"], tab=tab)
    return ledger.noted(QueueState, 6.0, telemetry=counters(**changed), tab=tab)


def busy(sent_s: float = 5.999, in_flight: int = 1) -> HandWritten:
    """Asked while it was sending: the page did not count yet what was heard just before."""
    ledger = counted(attempts={"fetch": 2, "beacon": 1})
    asked, word = ledger.rows["client"].pop()
    ledger.request("b3", sent_s, None)
    ledger.rows["client"].append((asked, msgspec.structs.replace(word, in_flight=in_flight)))
    return ledger


def on_their_way(*artworks: str, recorded: int) -> HandWritten:
    """These are about to be shown as the page's counters are read."""
    ledger = counted(recorded=recorded)
    for artwork in artworks:
        ledger.saw(5.9, ViewIntent(user="ann", tab="tab-1", artwork=artwork))
    return ledger


TELEMETRY = [
    *cases(
        "telemetry_reconciles",
        {"beacons_count": 0},
        agrees=(counted, PASS),
        never_asked=(lived, UNKNOWN),
        recorded_too_few=(lambda: counted(recorded=2), FAIL),
        flushed_too_many=(lambda: counted(flushSuccess=2), FAIL),
        ids_too_many=(lambda: counted(totalFlushed=3), FAIL),
        no_beacons=(lambda: counted(beaconQueued=0), FAIL),
        no_retries=(lambda: counted(retries=0), FAIL),
        another_transport=(lambda: counted(attempts={"sync": 2, "beacon": 1}), FAIL),
        a_transport_more=(
            lambda: counted(attempts={"fetch": 2, "beacon": 1, "pigeon": 1}),
            FAIL,
        ),
        unused_transports_left_out=(lambda: counted(attempts={"fetch": 2, "beacon": 1}), PASS),
        says_nothing=(lambda: lived().noted(QueueState, 1.0), UNKNOWN),
        lacks_a_counter=(lambda: counted(retries=None), UNKNOWN),
        lacks_one_and_lies_in_another=(lambda: counted(retries=None, recorded=9), FAIL),
        two_tabs=(lambda: counted("tab-2", counted()), PASS),
        the_other_tab_lies=(lambda: counted("tab-2", counted(), recorded=6), FAIL),
        what_follows_does_not_count=(
            lambda: counted().shown("d", 7.0).request("b3", 7.5, artworks=["d"]),
            PASS,
        ),
        an_earlier_word_was_wrong_the_last_counts=(
            lambda: counted().noted(QueueState, 5.0, telemetry={"recorded": 77}),
            PASS,
        ),
        the_network_was_back=(
            lambda: counted().reported(RetryScheduled, 4.5, reason="online"),
            PASS,
        ),
        acknowledged_twice_is_one_batch=(
            lambda: counted().reported(Acknowledged, 3.5, batch="b1", artworks=["a", "b"]),
            PASS,
        ),
        a_view_on_its_way_to_the_screen=(
            lambda: on_their_way("d", recorded=4),
            PASS,
        ),
        more_than_were_on_their_way=(
            lambda: on_their_way("d", "e", recorded=9),
            FAIL,
            "recorded 9, in the ledger 3 to 5",
        ),
        shown_twice_is_one_view=(lambda: counted().shown("a", 1.5), PASS),
        the_first_tab_lies=(lambda: counted("tab-2", counted(recorded=2)), FAIL),
        it_counted_what_was_heard_just_after=(
            lambda: counted(flushSuccess=2, totalFlushed=3).reported(
                Acknowledged, 6.1, batch="b3", artworks=["d"]
            ),
            UNKNOWN,
            "while they were sending",
        ),
        ids_are_null=(
            lambda: counted(flushSuccess=2).reported(Acknowledged, 5.0, batch="b9"),
            PASS,
        ),
        asked_while_it_was_sending=(busy, UNKNOWN),
        asked_while_it_was_not_sending=(lambda: busy(in_flight=0), FAIL),
        asked_long_after_it_sent=(lambda: busy(5.5), FAIL),
    ),
    *cases(
        "telemetry_reconciles",
        {"beacons_count": 1},
        beacons_are_believed=(lambda: counted(flushSuccess=2, totalFlushed=3), PASS),
        beacons_are_not_counted=(counted, FAIL),
    ),
]


def logged(
    success: Any,
    failure: Any,
    *,
    good: int = 20,
    bad: int = 2,
    tab: str = "tab-1",
    ledger: HandWritten | None = None,
) -> HandWritten:
    ledger = ledger or lived()
    for number in range(good):
        ledger.reported(Acknowledged, 1.0 + number / 100, batch=f"b{number}", tab=tab)
    for number in range(bad):
        ledger.reported(
            [Unanswered, BatchRefused, BeaconRefused][number % 3], 3.0 + number / 100, tab=tab
        )
    lines = {"success": success, "failure": failure}
    return ledger.noted(PageAnswer, 5.0, question="log lines", answer=lines, tab=tab)


def uncounted() -> HandWritten:
    ledger = logged(10, 2)
    del ledger.rows["client"][-1]
    return ledger


LOG = [
    *cases(
        "log_sampled",
        {"success_share": 0.5},
        half=(lambda: logged(10, 2), PASS),
        nothing=(lived, UNKNOWN),
        none_counted=(uncounted, UNKNOWN),
        no_failures=(lambda: logged(10, 0, bad=0), UNKNOWN),
        no_successes=(lambda: logged(0, 2, good=0), UNKNOWN),
        not_one=(lambda: logged(0, 2), FAIL),
        every_one=(lambda: logged(20, 2), FAIL),
        more_than_there_were=(lambda: logged(21, 2), FAIL),
        fewer_than_none=(lambda: logged(-1, 2), FAIL),
        a_failure_is_missing=(lambda: logged(10, 1), FAIL),
        a_failure_too_many=(lambda: logged(10, 3), FAIL),
        refused_beacons_are_failures=(lambda: logged(10, 3, bad=3), PASS),
        what_followed_does_not_count=(
            lambda: logged(10, 2).reported(Unanswered, 6.0).reported(Acknowledged, 6.1, batch="z"),
            PASS,
        ),
        unreadable=(lambda: logged("ten", None), UNKNOWN),
        a_number_only=(
            lambda: uncounted().noted(PageAnswer, 5, question="log lines", answer=3),
            UNKNOWN,
        ),
        counted_in_each_tab=(lambda: logged(9, 2, tab="t2", ledger=logged(11, 2)), PASS),
        one_tab_logs_no_failure=(lambda: logged(9, 0, tab="t2", ledger=logged(11, 2)), FAIL),
        another_tab_without_a_count=(
            lambda: logged(10, 2).reported(Unanswered, 2.0, tab="t2"),
            PASS,
        ),
    ),
    *cases(
        "log_sampled",
        {"success_share": 0.1},
        none_of_few_shows_nothing=(lambda: logged(0, 2), UNKNOWN),
        none_of_many=(lambda: logged(0, 2, good=80), FAIL),
        a_tenth=(lambda: logged(2, 2), PASS),
        many_by_chance=(lambda: logged(6, 2), PASS),
        too_many_for_chance=(lambda: logged(9, 2), FAIL),
    ),
    *cases("log_sampled", {"success_share": 1}, all=(lambda: logged(20, 2), PASS)),
    *cases("log_sampled", {"success_share": 0}, no_success=(lambda: logged(0, 2), PASS)),
]


CASES = [*TELEMETRY, *LOG]

test_each_case = every_case_holds(CASES)
