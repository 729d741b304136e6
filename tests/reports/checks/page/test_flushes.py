"""What a page sent, check by check: each verdict, and the ledgers that would fool it."""

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
    find,
    healthy,
    judged,
    lived,
)


def asked(*answers: Any, question: str = "q") -> HandWritten:
    ledger = HandWritten()
    for number, answer in enumerate(answers):
        ledger.noted("answer", 1.0 + number, {"question": question, "answer": answer})
    return ledger


ANSWERED = [
    *judged(
        "answered",
        {"question": "q", "answer": "true"},
        right=(lambda: asked(True, True), PASS),
        never_asked=(HandWritten, UNKNOWN),
        another_question=(lambda: asked(True, question="p"), UNKNOWN),
        wrong_once_among_right_ones=(lambda: asked(True, False, True), FAIL),
        one_is_not_true=(lambda: asked(1), FAIL),
        a_text_is_not_true=(lambda: asked("true"), FAIL),
        null=(lambda: asked(None), FAIL),
        no_answer_in_it=(lambda: HandWritten().noted("answer", 1.0, {"question": "q"}), FAIL),
        unreadable=(lambda: HandWritten().noted("answer", 1.0, "{"), UNKNOWN),
    ),
    *judged(
        "answered",
        {"question": "q", "answer": '{"n": [1, false]}'},
        a_driver_that_says_1_0=(lambda: asked({"n": [1.0, False]}), PASS),
        zero_is_not_false=(lambda: asked({"n": [1, 0]}), FAIL),
        shorter=(lambda: asked({"n": [1]}), FAIL),
        another_key=(lambda: asked({"m": [1, False]}), FAIL),
    ),
    *judged(
        "premise_held",
        {"question": "q", "answer": "true"},
        so_it_was=(lambda: asked(True, True), PASS),
        it_was_not_once=(lambda: asked(True, False), UNKNOWN),
        nobody_asked=(HandWritten, UNKNOWN),
    ),
]


def arrived(*batches: Any, **fields: Any) -> HandWritten:
    """Return receipts of these batches, one a second, of one artwork each."""
    ledger = lived()
    for number, batch in enumerate(batches):
        ledger.receipt([f"a{number}"], 1.0 + number, batch=batch, **fields)
    return ledger


def killed() -> HandWritten:
    return HandWritten().lifetime(ended=False).receipt(["a"], 1.0)


BATCHES_SENT = judged(
    "batches_sent",
    {"least": 2, "most": 2},
    two=(lambda: arrived("b1", "b2"), PASS),
    none=(lived, UNKNOWN),
    too_few=(lambda: arrived("b1"), FAIL),
    too_many=(lambda: arrived("b1", "b2", "b3"), FAIL),
    the_same_again=(lambda: arrived("b1", "b1").receipt(["c"], 4.0, batch="b2"), PASS),
    the_same_again_only=(lambda: arrived("b1", "b1"), FAIL),
    only_refused=(
        lambda: arrived("b1", "b2", status=400, committed_mono_ns=None, inserted=0),
        UNKNOWN,
    ),
    one_id_in_two_tabs=(lambda: arrived("b1").receipt(["a"], 4.0, batch="b1", tab="t2"), PASS),
    nameless_may_be_one=(lambda: arrived(None, None), UNKNOWN),
    nameless_beside_enough=(lambda: arrived("b1", "b2", None), FAIL),
    a_killed_server_may_have_taken_more=(killed, UNKNOWN),
)


def boundary(*sizes: int, views: int | None = None, tab: str | None = "tab-1") -> HandWritten:
    """Return so many views, which came in batches of these sizes."""
    ledger, ids = lived(), iter(range(10_000))
    for size in sizes:
        seconds = 2.0 + size / 1000
        mine = [f"a{next(ids)}" for _ in range(size)]
        ledger.receipt(mine, seconds, batch=f"b{mine[0]}", tab=tab)  # type: ignore[arg-type]
    for number in range(sum(sizes) if views is None else views):
        ledger.shown(f"a{number}", 1.0)
    return ledger


def two_tabs(first: tuple[int, ...], second: tuple[int, ...]) -> HandWritten:
    ledger = boundary(*first)
    for number, size in enumerate(second):
        mine = [f"c{number}-{n}" for n in range(size)]
        ledger.receipt(mine, 3.0, batch=f"c{number}", tab="tab-2")
        for artwork in mine:
            ledger.shown(artwork, 1.0, tab="tab-2")
    return ledger


BATCHES_FULL = judged(
    "batches_full",
    {"size": 4},
    full=(lambda: boundary(4, 1), PASS),
    nothing=(lived, UNKNOWN),
    shown_and_never_received=(lambda: boundary(views=4), UNKNOWN),
    too_many_batches=(lambda: boundary(2, 2), FAIL),
    too_large=(lambda: boundary(5), FAIL),
    each_tab_for_itself=(lambda: two_tabs((3,), (3,)), PASS),
    one_of_two_tabs=(lambda: two_tabs((4,), (1, 1)), FAIL),
    the_same_batch_again=(
        lambda: boundary(4).receipt(
            [f"a{n}" for n in range(4)], 5.0, batch="ba0", attempt=2, inserted=0, duplicate=4
        ),
        PASS,
    ),
    views_that_never_came=(lambda: boundary(4, 1, views=8), UNKNOWN),
    receipts_without_tab=(lambda: boundary(4, 1, tab=None), UNKNOWN),
    received_is_null=(
        lambda: lived().shown("a", 1.0).receipt(["a", *"bcde"], 2.0, received=None),
        FAIL,
    ),
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
    ledger.told("recorded", start_s, tab=tab, batch=batch, artworks=["a"], clock_s=clock_s)
    return ledger.request(batch, start_s + wait_s, tab=tab, clock_s=clock_s)


def heir_sends_at_once() -> HandWritten:
    """The heir records at 1 s, sends what it adopted at 1.5 s, and its own view 2 s after it."""
    ledger = flushed(2.0).told("adopted", 1.4, says={"reason": "dead"}, artworks=["x"])
    return ledger.request("dead-7", 1.5, artworks=["x"])


def silent_tab(*, closes_s: float | None = None) -> HandWritten:
    ledger = flushed(2.0).told("recorded", 1.0, tab="quiet", batch="q-1", artworks=["a"])
    return ledger if closes_s is None else ledger.noted("tab_closing", closes_s, tab="quiet")


FLUSHED_AFTER = judged(
    "flushed_after",
    {"delay_ms": 2000, "tolerance_ms": 300},
    on_time=(lambda: flushed(2.1), PASS),
    nobody_recorded=(lived, UNKNOWN),
    recorded_and_never_sent=(
        lambda: lived().told("recorded", 1.0, batch="b", artworks=["a"]),
        UNKNOWN,
    ),
    late=(lambda: flushed(2.4), FAIL),
    early=(lambda: flushed(1.6), FAIL),
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
    a_tab_that_closed_long_after=(lambda: silent_tab(closes_s=5.0), UNKNOWN),
    no_page_time=(
        lambda: lived().told("recorded", 1.0, batch="b", page_wall_ns=None).request("b", 3.0),
        UNKNOWN,
    ),
)

SENT_BEFORE_RECORDED = judged(
    "flushed_after",
    {"delay_ms": 0, "tolerance_ms": 300},
    sent_before_it_was_recorded=(lambda: flushed(-0.1), FAIL),
)


def views_every(step_s: float, until_s: float, *sent_s: float, tab: str = "tab-1") -> HandWritten:
    ledger = lived()
    for number in range(round(until_s / step_s) + 1):
        ledger.told("recorded", 1 + number * step_s, tab=tab, batch="b", artworks=[f"a{number}"])
    for number, seconds in enumerate(sent_s, 1):
        ledger.request("b", 1 + seconds, attempt=number, tab=tab)
    return ledger


def with_busy_neighbour() -> HandWritten:
    """A debounce starves one tab while another flushes every second."""
    ledger = views_every(0.5, 6)
    for second in range(8):
        ledger.request("n", 1.0 + second, tab="neighbour")
    return ledger


FLUSHES_KEEP_COMING = judged(
    "flushes_keep_coming",
    {"within_s": 2.5},
    steady=(lambda: views_every(0.5, 8, 2, 4, 6, 8), PASS),
    nothing_recorded=(lived, UNKNOWN),
    one_view=(lambda: views_every(1, 0, 0.5), UNKNOWN),
    two_views_within_the_bound=(lambda: views_every(1, 1, 9), UNKNOWN),
    starved=(lambda: views_every(0.5, 8, 10), FAIL),
    starved_and_never_sent=(lambda: views_every(0.5, 8), FAIL),
    starved_in_the_middle=(lambda: views_every(0.5, 8, 1, 6, 8), FAIL),
    the_last_views_flush_was_the_tabs_end=(lambda: views_every(0.5, 8, 2, 4, 6), PASS),
    another_tabs_flushes=(with_busy_neighbour, FAIL),
    an_hour_ahead=(
        lambda: views_every(0.5, 8, 2, 4, 6, 8).told(
            "recorded", 2.0, tab="t2", clock_s=3600, batch="x"
        ),
        PASS,
    ),
)


def resent(**fields: Any) -> HandWritten:
    """The same batch again under attempt 2, as after a beacon."""
    ledger = lived().receipt(["a", "b"], 1.0, transport="beacon")
    return ledger.receipt(["a", "b"], 3.0, attempt=2, inserted=0, duplicate=2, **fields)


def requeued() -> HandWritten:
    """A gateway refuses b1, the page puts its id into b2: only b2 leaves a receipt."""
    ledger = lived().request("b1", 1.0, end="unknown", status=503).request("b2", 2.0)
    return ledger.receipt(["a"], 2.02, batch="b2")


def adopted_and_seen() -> HandWritten:
    """The heir saw the same artwork as the dead tab, and sends both batches."""
    ledger = lived().told("adopted", 1.0, tab="heir", says={"reason": "dead"}, artworks=["a"])
    ledger.request("dead-1", 1.1, tab="heir").request("heir-1", 3.0, tab="heir")
    ledger.receipt(["a"], 1.1, batch="dead-1", tab="dead")
    return ledger.receipt(["a"], 3.0, batch="heir-1", tab="heir", inserted=0, duplicate=1)


EACH_ID_ONCE = judged(
    "each_id_once",
    {},
    once=(lambda: healthy(), PASS),
    no_receipts=(lived, UNKNOWN),
    in_two_batches=(lambda: healthy().receipt(["b"], 2.0, batch="b2"), FAIL),
    twice_in_one=(lambda: lived().receipt(["a", "a"], 1.0), FAIL),
    the_same_batch_again_is_by_design=(resent, PASS),
    the_browser_repeats_it=(lambda: lived().receipt(["a"], 1.0).receipt(["a"], 1.1), PASS),
    two_tabs_see_the_same=(
        lambda: healthy().receipt(["a"], 2.0, batch="b2", tab="tab-2"),
        PASS,
    ),
    one_batch_id_in_two_tabs=(lambda: healthy().receipt(["a"], 2.0, tab="tab-2"), PASS),
    two_users_see_the_same=(lambda: healthy().receipt(["a"], 2.0, batch="b2", user="bob"), PASS),
    an_heir_that_saw_it_too=(adopted_and_seen, PASS),
    put_into_another_batch_after_a_failure=(requeued, FAIL),
    receipts_without_tab=(
        lambda: lived().receipt(["a"], 1.0, tab=None, batch="b1"),  # type: ignore[arg-type]
        UNKNOWN,
    ),
    receipts_without_batch=(lambda: lived().receipt(["a"], 1.0, batch=None), UNKNOWN),
)


SENT = [
    *ANSWERED,
    *BATCHES_SENT,
    *BATCHES_FULL,
    *FLUSHED_AFTER,
    *SENT_BEFORE_RECORDED,
    *FLUSHES_KEEP_COMING,
    *EACH_ID_ONCE,
]


@pytest.mark.parametrize(("check", "parameters", "make", "verdict"), SENT)
def test_what_a_page_sent(
    tmp_path: Path, check: str, parameters: dict[str, Any], make: Make, verdict: Verdict
) -> None:
    finding = find(check, make(), tmp_path, **parameters)
    assert (finding.check, finding.verdict) == (check, verdict), finding.summary
