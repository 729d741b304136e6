"""A queue that two tabs want at once, or that its user erases."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.client import Acknowledged, PageAnswer, Persisted, TabClosed
from harness.ledger.kinds.network import StorageCleared
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    at,
    find,
    lived,
)

OWNER, HEIR = "owner", "heir"


def ms(seconds: float) -> float:
    return at(seconds).wall_ns / 1e6


def with_locks(
    ledger: HandWritten,
    tab: str,
    *asked: tuple[str, bool, float],
    woke_s: float | None = None,
) -> HandWritten:
    """A page says which locks it asked for, whether it got them, and when it woke up."""
    answer = {
        "asked": [
            [f"impressions:{lock}", granted, ms(seconds)] for lock, granted, seconds in asked
        ],
        "woke": [] if woke_s is None else [ms(woke_s)],
    }
    return ledger.noted(PageAnswer, 8.0, question="locks asked for", answer=answer, tab=tab)


def owing(*, settled_s: float | None = 6.0, woke_s: float | None = 5.0) -> HandWritten:
    """The owner has a batch on disk, wakes up, and has it settled some time later."""
    ledger = lived().reported(Persisted, 2.0, tab=OWNER, batch="b1", artworks=["x"])
    if settled_s is not None:
        ledger.reported(Acknowledged, settled_s, tab=OWNER, batch="b1", artworks=["x"], status=200)
    return with_locks(ledger, OWNER, (OWNER, True, 1.9), woke_s=woke_s)


CONTENDED = cases(
    "queue_contended",
    {},
    asked_in_vain=(lambda: with_locks(owing(), HEIR, (OWNER, False, 5.5)), PASS),
    at_the_very_moment=(lambda: with_locks(owing(), HEIR, (OWNER, False, 5.0)), PASS),
    it_is_never_settled=(
        lambda: with_locks(owing(settled_s=None), HEIR, (OWNER, False, 9.0)),
        PASS,
    ),
    it_was_given_away=(lambda: with_locks(owing(), HEIR, (OWNER, True, 5.5)), FAIL),
    in_vain_first_then_given=(
        lambda: with_locks(owing(), HEIR, (OWNER, False, 5.2), (OWNER, True, 5.5)),
        FAIL,
    ),
    before_it_woke=(lambda: with_locks(owing(), HEIR, (OWNER, False, 4.9)), UNKNOWN),
    after_all_was_settled=(lambda: with_locks(owing(), HEIR, (OWNER, True, 6.5)), UNKNOWN),
    another_queue=(lambda: with_locks(owing(), HEIR, ("third", False, 5.5)), UNKNOWN),
    only_itself=(owing, UNKNOWN),
    no_tab_woke=(lambda: with_locks(owing(woke_s=None), HEIR, (OWNER, False, 5.5)), UNKNOWN),
    it_owed_nothing=(
        lambda: with_locks(with_locks(lived(), OWNER, woke_s=5.0), HEIR, (OWNER, False, 5.5)),
        UNKNOWN,
    ),
    the_page_cannot_say=(
        lambda: owing().noted(PageAnswer, 8, question="locks asked for", answer=None),
        UNKNOWN,
    ),
)


def left_behind(
    *, closed_s: float | None = 3.0, cleared_s: float | None = 4.0, final: bool = True
) -> HandWritten:
    """A tab sees x and journals it, closes, its user clears the storage; another tab stores y."""
    ledger = lived().shown("x", 1.0, tab="a")
    ledger.reported(Persisted, 1.0, tab="a", batch="b1", artworks=["x"])
    if closed_s is not None:
        ledger.noted(TabClosed, closed_s, tab="a")
    if cleared_s is not None:
        ledger.saw(cleared_s, StorageCleared(how="as a user does"))
    ledger.shown("y", 5.0, tab="b").receipt(["y"], 5.5, tab="b", batch="b2")
    return ledger.final(9.0, viewed_s=5.3, y=1) if final else ledger


def acked_before(ledger: HandWritten) -> HandWritten:
    return ledger.request("b1", 1.5, tab="a", artworks=["x"])


ERASED = cases(
    "only_erased_lost",
    {"views": 1},
    named=(left_behind, PASS),
    a_live_tabs_view=(lambda: left_behind(closed_s=None), FAIL),
    the_tab_closed_later=(lambda: left_behind(closed_s=4.5), FAIL),
    one_that_was_seen_later=(lambda: left_behind().shown("z", 6.0, tab="b"), FAIL),
    one_that_was_acknowledged=(lambda: acked_before(left_behind()), FAIL),
    one_that_was_never_on_disk=(lambda: left_behind().shown("z", 2.0, tab="a"), FAIL),
    nothing_went=(
        lambda: (
            left_behind(final=False)
            .receipt(["x"], 3.5, tab="a", batch="b1")
            .final(9.0, viewed_s=5.3, x=1, y=1)
        ),
        UNKNOWN,
    ),
    never_cleared=(lambda: left_behind(cleared_s=None), UNKNOWN),
    no_final_read=(lambda: left_behind(final=False), UNKNOWN),
)


CASES = [*CONTENDED, *ERASED]

test_each_case = every_case_holds(CASES)


def test_each_view_that_its_user_erased_is_named(tmp_path: Path) -> None:
    finding = find("only_erased_lost", left_behind(), tmp_path, views=1)
    assert finding.examples == ("ann/x: lost_unacked",)
