"""After a crash: tabs, handlers, journals and adoptions."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.client import (
    Acknowledged,
    Adopted,
    Held,
    PageAnswer,
    PageShow,
    Persisted,
    TabKilled,
    TabOpened,
    Unanswered,
)
from harness.ledger.kinds.network import BrowserKilled, BrowserRestored
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    lived,
)


def killed(*tabs: str) -> HandWritten:
    ledger = lived()
    for tab in tabs:
        ledger.noted(TabKilled, 3.0, tab=tab)
    return ledger.saw(3.0, BrowserKilled(tabs=len(tabs)))


def back(ledger: HandWritten, *tabs: str) -> HandWritten:
    for tab in tabs:
        ledger.noted(TabOpened, 5.0, restored="by the browser", tab=tab)
    return ledger.saw(5.0, BrowserRestored(tabs=len(tabs)))


RESTORED = cases(
    "tabs_restored",
    {"tabs": 2},
    both=(lambda: back(killed("a", "b"), "c", "d"), PASS),
    one_is_missing=(lambda: back(killed("a", "b"), "c"), UNKNOWN),
    one_too_many=(lambda: back(killed("a", "b"), "c", "d", "e"), UNKNOWN),
    fewer_were_killed=(lambda: back(killed("a"), "c", "d"), UNKNOWN),
    no_crash=(lived, UNKNOWN),
    under_a_dead_ones_id=(lambda: back(killed("a", "b"), "a", "d"), FAIL),
    two_share_an_id=(lambda: back(killed("a", "b"), "c", "c"), FAIL),
)


def counted(ledger: HandWritten, hide: int = 1, same: int = 1, tab: str = "c") -> HandWritten:
    handlers = {"count": hide, "same": same}
    answer = {"pagehide": handlers, "visibilitychange": {"count": 2, "same": 1}}
    return ledger.noted(PageAnswer, 6.0, question="live handlers", answer=answer, tab=tab)


ONCE = cases(
    "handlers_once",
    {"pages": 2},
    two_pages=(lambda: counted(counted(lived()), tab="d"), PASS),
    two_handlers_that_differ=(lambda: counted(counted(lived(), 2, 1), tab="d"), PASS),
    one_page=(lambda: counted(lived()), UNKNOWN),
    never_asked=(lived, UNKNOWN),
    the_page_cannot_say=(
        lambda: counted(lived()).noted(PageAnswer, 6, question="live handlers", answer=None),
        UNKNOWN,
    ),
    one_that_cannot_say_and_two_that_can=(
        lambda: counted(
            counted(lived().noted(PageAnswer, 5, question="live handlers", answer=None)), tab="d"
        ),
        PASS,
    ),
    twice_the_same=(lambda: counted(counted(lived()), 2, 2, tab="d"), FAIL),
    none_left=(lambda: counted(counted(lived()), 0, 0, tab="d"), FAIL),
    a_leak_counts_though_a_page_is_missing=(lambda: counted(lived(), 3, 3), FAIL),
)


def revived(
    ledger: HandWritten, seconds: float = 5.0, *, persisted: str = "true", trusted: str = "true"
) -> HandWritten:
    reason = f"persisted={persisted} isTrusted={trusted}"
    return ledger.reported(PageShow, seconds, tab="c", reason=reason)


REVIVED = cases(
    "handlers_once",
    {"pages": 2, "round_trips": 1},
    out_of_the_cache=(lambda: counted(revived(counted(lived(), tab="d"))), PASS),
    leaks_there=(lambda: counted(revived(counted(lived(), tab="d")), 2, 2), FAIL),
    not_armed_again=(lambda: counted(revived(counted(lived(), tab="d")), 0, 0), FAIL),
    loaded_anew=(
        lambda: counted(revived(counted(lived(), tab="d"), persisted="false")),
        UNKNOWN,
    ),
    made_up_by_a_script=(
        lambda: counted(revived(counted(lived(), tab="d"), trusted="false")),
        UNKNOWN,
    ),
    another_page_was_asked=(lambda: counted(revived(counted(lived(), tab="d")), tab="e"), UNKNOWN),
    asked_before_only=(lambda: revived(counted(counted(lived()), tab="d"), 7.0), UNKNOWN),
    asked_twice_of_one_trip=(lambda: counted(counted(revived(lived()))), PASS),
    asked_at_once=(lambda: counted(counted(revived(lived(), 6.0)), tab="d"), PASS),
) + cases(
    "handlers_once",
    {"pages": 2, "round_trips": 2},
    one_trip_is_not_two=(lambda: counted(counted(revived(lived(), 6.0))), UNKNOWN),
)


def on_disk(ledger: HandWritten, artwork: str, *, tab: str = "a", batch: str = "b1") -> HandWritten:
    return ledger.reported(Persisted, 2.0, tab=tab, batch=batch, artworks=[artwork])


def arrived(ledger: HandWritten, *artworks: str, tab: str = "a") -> HandWritten:
    return ledger.receipt(artworks, 7.0, tab=tab).final(
        9.0, viewed_s=2.5, **dict.fromkeys(artworks, 1)
    )


KEPT = cases(
    "persisted_kept",
    {},
    kept=(lambda: arrived(on_disk(lived(), "x"), "x"), PASS),
    in_two_batches=(
        lambda: arrived(on_disk(on_disk(lived(), "x"), "x", batch="b2"), "x"),
        PASS,
        "all 1 views",
    ),
    one_is_gone=(lambda: arrived(on_disk(on_disk(lived(), "x"), "y"), "x"), FAIL),
    it_hides_behind_another_tab=(lambda: arrived(on_disk(lived(), "x"), "x", tab="z"), FAIL),
    nothing_on_disk=(lambda: arrived(lived(), "x"), UNKNOWN),
    no_final_read=(lambda: on_disk(lived(), "x").receipt(["x"], 7.0, tab="a"), UNKNOWN),
    no_receipt=(lambda: on_disk(lived(), "x").final(9.0), UNKNOWN),
)


def adopted(
    ledger: HandWritten, *artworks: str, owner: str | None = "a", heir: str = "c", **more: Any
) -> HandWritten:
    return ledger.reported(Adopted, 5.5, tab=heir, artworks=list(artworks), reason=owner, **more)


def owing(*artworks: str) -> HandWritten:
    ledger = killed("a")
    for artwork in artworks:
        on_disk(ledger, artwork)
    return ledger


def asked(ledger: HandWritten, transport: str, end: str | None = None) -> HandWritten:
    took_s = None if end is None else 0.1
    return ledger.request(
        "b1", 2.5, took_s, tab="a", transport=transport, end=end or "", artworks=["x"]
    )


def settled(ledger: HandWritten, batch: str = "b1") -> HandWritten:
    fields = {"batch": batch, "attempt": 1, "artworks": ["x"], "status": 200}
    return ledger.reported(Acknowledged, 2.6, tab="a", **fields)


def held(ledger: HandWritten) -> HandWritten:
    return ledger.reported(Held, 2.7, tab="a", batch="b1", artworks=["x"])


ADOPTED = cases(
    "adopted_once",
    {},
    by_one=(lambda: adopted(owing("x", "y"), "x", "y"), PASS),
    never=(lambda: owing("x"), FAIL),
    in_part=(lambda: adopted(owing("x", "y"), "x"), FAIL),
    by_two=(lambda: adopted(adopted(owing("x"), "x"), "x", heir="d"), FAIL),
    by_one_twice=(lambda: adopted(adopted(owing("x"), "x"), "x"), FAIL),
    for_two_people=(lambda: adopted(adopted(owing("x"), "x"), "x", heir="d", user="bob"), PASS),
    only_for_another=(lambda: adopted(owing("x"), "x", user="bob"), FAIL),
    nothing_was_owed=(lambda: killed("a"), UNKNOWN),
    none_was_killed=(lambda: adopted(on_disk(lived(), "x"), "x"), UNKNOWN),
    settled_before=(lambda: asked(owing("x"), "fetch", Acknowledged), UNKNOWN),
    in_flight_at_death=(lambda: asked(owing("x"), "fetch"), UNKNOWN),
    a_beacon_settles_nothing=(lambda: asked(owing("x"), "beacon"), FAIL),
    a_request_that_failed_settles_nothing=(lambda: asked(owing("x"), "fetch", Unanswered), FAIL),
    twice_though_none_was_killed=(lambda: adopted(adopted(lived(), "x"), "x", heir="d"), FAIL),
    one_batch_was_settled=(
        lambda: asked(on_disk(owing("x"), "y", batch="b2"), "fetch", Acknowledged),
        FAIL,
        "of 1 views",
    ),
    settled_without_an_attempt=(lambda: settled(owing("x")), UNKNOWN),
    another_batch_was_settled=(lambda: settled(adopted(owing("x"), "x"), batch="b9"), PASS),
    held_after_it_was_sent=(lambda: held(asked(owing("x"), "fetch")), FAIL),
    no_owner_is_named=(
        lambda: adopted(adopted(lived(), "x", owner=None), "x", owner=None, heir="d"),
        FAIL,
    ),
    of_a_long_name=(
        lambda: on_disk(killed("a-long-name"), "x", tab="a-long-name"),
        FAIL,
    ),
    from_two_tabs=(lambda: adopted(adopted(owing("x"), "x"), "x", owner="b"), PASS),
)


CASES = [*RESTORED, *ONCE, *REVIVED, *KEPT, *ADOPTED]

test_each_case = every_case_holds(CASES)
