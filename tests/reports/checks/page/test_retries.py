"""How a page tried again, check by check: each verdict, and the ledgers that would fool it."""

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


def asked_to_wait(*again_s: float, status: int | None = 429, **more: Any) -> HandWritten:
    """Return an answer 429 at 1 s, and attempts so long after it."""
    ledger = lived().request("b", 0.9, 0.1, end="unknown", status=status, **more)
    for number, wait_s in enumerate(again_s, 2):
        ledger.request("b", 1.0 + wait_s, attempt=number, **more)
    return ledger


RETRY_AFTER = judged(
    "retry_after_heeded",
    {"wait_s": 3},
    heeded=(lambda: asked_to_wait(3.2), PASS),
    nobody_asked=(lived, UNKNOWN),
    never_again=(asked_to_wait, UNKNOWN),
    too_soon=(lambda: asked_to_wait(2.5), FAIL),
    at_the_same_moment=(lambda: asked_to_wait(0.0), FAIL),
    too_soon_as_a_beacon=(
        lambda: asked_to_wait().request("c", 1.5, transport="beacon").request("b", 5, attempt=2),
        FAIL,
    ),
    the_second_pause_is_cut_short=(
        lambda: asked_to_wait(3.1).request("c", 5, 0.1, end="unknown", status=503).request("c", 6),
        FAIL,
    ),
    another_tab_was_not_asked=(lambda: asked_to_wait(3.2).request("x", 2.0, tab="t2"), PASS),
    another_tabs_patience_is_not_this_ones=(
        lambda: (
            asked_to_wait(3.2)
            .request("x", 0.9, 0.1, end="unknown", status=429, tab="t2")
            .request("x", 1.2, tab="t2")
        ),
        FAIL,
    ),
    a_clock_an_hour_ahead=(
        lambda: asked_to_wait(3.2, clock_s=3600).request("x", 2.0, tab="t2"),
        PASS,
    ),
    other_silence_asks_for_nothing=(lambda: asked_to_wait(0.1, status=None), UNKNOWN),
    attempts_of_nobody=(lambda: asked_to_wait(3.2).request("b", 1.5, tab=None), UNKNOWN),
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
    ledger.request("b", seconds, 0.01, end="unknown", **more)
    return ledger.told("retry_scheduled", seconds + 0.02, batch="b", **more)


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
    hidden(ledger, 20.1).request("b", 20.1, attempt=9, transport="beacon", end="beacon_queued")
    return back(ledger, 20.5).request("b", 21.02, attempt=10)


def online_again() -> HandWritten:
    """The network is back: the page tries at once, and begins anew."""
    ledger = fails(fails(lived(), 1.0), 2.02)
    ledger.told("retry_scheduled", 2.5, says={"reason": "online", "delayMs": 300})
    ledger.request("b", 2.8, attempt=3)
    return failing(1, 2, 4, start_s=10.0, ledger=ledger)


def over_beacons(*waits_s: float) -> HandWritten:
    """A page whose first transport is a beacon that the browser refuses."""
    ledger, seconds = lived(), 1.0
    for wait_s in waits_s:
        ledger.request("b", seconds, 0.001, transport="beacon", end="beacon_refused")
        fails(ledger, seconds + 0.002, transport="keepalive", status=503)
        seconds += 0.022 + wait_s
    return ledger.request("b", seconds, transport="beacon", end="beacon_refused")


FIXED = {"base_ms": 1000, "cap_ms": 4000, "jitter": 0, "retries": 3}
DRAWN = {**FIXED, "jitter": 1, "cap_ms": 300_000}

BACKOFF = [
    *judged(
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
    *judged(
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
    *judged("backoff", {**FIXED, "retries": 0}, not_on_nothing=(lived, UNKNOWN)),
]


def refused(*again: Any, stored: tuple[str, ...] = ("c",)) -> HandWritten:
    """Return a and b, which were refused, and c, which was not."""
    ledger = lived().shown("a", 1.0).shown("b", 1.0).shown("c", 2.0)
    ledger.request("b1", 1.5, end="refused", status=400, artworks=["a", "b"])
    ledger.request("b2", 3.0, artworks=["c"]).receipt(["c"], 3.02, batch="b2")
    for seconds, more in enumerate(again, 4):
        ledger.request(**{"batch": "b1", "artworks": ["a", "b"], "seconds": seconds, **more})
    return ledger.final(9.0, viewed_s=3.01, **dict.fromkeys(stored, 1))


def acked_elsewhere() -> HandWritten:
    """a was refused in one tab and acknowledged in another, and has no row: that is no refusal."""
    ledger = refused().shown("a", 4.0, tab="t2")
    return ledger.request("x", 4.1, artworks=["a"], tab="t2")


def no_final_read() -> HandWritten:
    ledger = refused()
    ledger.rows["database"].clear()
    return ledger


REFUSED = [
    *judged(
        "refused_were_dropped",
        {"impressions": 2},
        dropped=(refused, PASS),
        nothing=(lived, UNKNOWN),
        no_final_read=(no_final_read, UNKNOWN),
        sent_again=(lambda: refused({"attempt": 2, "end": "refused", "status": 400}), FAIL),
        sent_again_in_another_batch=(lambda: refused({"batch": "b3"}), FAIL),
        sent_again_without_a_batch=(lambda: refused({"batch": None}), FAIL),
        sent_again_by_an_heir=(
            lambda: refused({"tab": "heir"}).told("adopted", 3.5, tab="heir"),
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
                .request("b1", 1.2, end="unknown", artworks=["a"], tab="heir", clock_s=60)
                .told("adopted", 1.1, tab="heir")
            ),
            PASS,
        ),
        another_is_lost=(lambda: refused(stored=()), FAIL),
        acknowledged_elsewhere_and_lost=(acked_elsewhere, FAIL),
        still_in_the_queue=(lambda: refused().noted("queue", 5.0, {}, artworks=["a"]), FAIL),
        in_the_queue_before=(lambda: refused().noted("queue", 1.4, {}, artworks=["a"]), PASS),
    ),
    *judged("refused_were_dropped", {"impressions": 3}, too_few=(refused, UNKNOWN)),
    *judged("refused_were_dropped", {"impressions": 0}, not_on_nothing=(lived, UNKNOWN)),
]


RETRIED = [*RETRY_AFTER, *BACKOFF, *REFUSED]


@pytest.mark.parametrize(("check", "parameters", "make", "verdict"), RETRIED)
def test_how_a_page_tried_again(
    tmp_path: Path, check: str, parameters: dict[str, Any], make: Make, verdict: Verdict
) -> None:
    finding = find(check, make(), tmp_path, **parameters)
    assert (finding.check, finding.verdict) == (check, verdict), finding.summary
