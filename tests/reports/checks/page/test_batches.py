"""Which batches arrived."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.client import Adopted, Unanswered
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import (
    arrived,
    killed,
)
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    healthy,
    lived,
)

BATCHES_SENT = cases(
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


BETWEEN = cases(
    "batches_sent",
    {"least": 1, "most": 2},
    one_of_up_to_two=(lambda: arrived("b1"), PASS, "1 batches arrived, expected 1 to 2"),
)


def boundary(*sizes: int, views: int | None = None, tab: str | None = "tab-1") -> HandWritten:
    """Return views that came in batches of these sizes."""
    ledger, ids = lived(), iter(range(10_000))
    for size in sizes:
        seconds = 2.0 + size / 1000
        mine = [f"a{next(ids)}" for _ in range(size)]
        ledger.receipt(mine, seconds, batch=f"b{mine[0]}", tab=tab)  # type: ignore[arg-type]
    for number in range(sum(sizes) if views is None else views):
        ledger.shown(f"a{number}", 1.0)
    return ledger


def many_tabs(count: int) -> HandWritten:
    """One view in each of ``count`` tabs, each in a batch of its own."""
    ledger = lived()
    for number in range(count):
        ledger.shown(f"a{number}", 1.0, tab=f"t{number}")
        ledger.receipt([f"a{number}"], 2.0, batch=f"b{number}", tab=f"t{number}")
    return ledger


def two_tabs(first: tuple[int, ...], second: tuple[int, ...]) -> HandWritten:
    ledger = boundary(*first)
    for number, size in enumerate(second):
        mine = [f"c{number}-{n}" for n in range(size)]
        ledger.receipt(mine, 3.0, batch=f"c{number}", tab="tab-2")
        for artwork in mine:
            ledger.shown(artwork, 1.0, tab="tab-2")
    return ledger


BATCHES_FULL = cases(
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
    nothing_of_another_tab_came=(
        lambda: boundary(4).shown("z", 1.0, tab="tab-2"),
        UNKNOWN,
        "1 views came in no batch (4 ids in 1, 1 ids in 0 batches)",
    ),
    eight_tabs=(lambda: many_tabs(8), PASS),
    nine_tabs=(lambda: many_tabs(9), PASS, "1 ids in 1 … batches"),
    two_without_ids=(
        lambda: (
            lived()
            .shown("a", 1.0)
            .receipt([], 2.0, batch="b1", received=None)
            .receipt([], 2.1, batch="b2", received=None)
        ),
        FAIL,
        "the largest of 0 ids",
    ),
    received_is_null=(
        lambda: lived().shown("a", 1.0).receipt(["a", *"bcde"], 2.0, received=None),
        FAIL,
    ),
)


def resent(**fields: Any) -> HandWritten:
    """The same batch again under attempt 2, as after a beacon."""
    ledger = lived().receipt(["a", "b"], 1.0, transport="beacon")
    return ledger.receipt(["a", "b"], 3.0, attempt=2, inserted=0, duplicate=2, **fields)


def of_three_kinds() -> HandWritten:
    """One view twice in a batch, one in two batches, one twice in a batch that names no tab."""
    ledger = lived().receipt(["a", "a"], 1.0, batch="b1")
    ledger.receipt(["b"], 2.0, batch="b2").receipt(["b"], 3.0, batch="b3")
    return ledger.receipt(["c", "c"], 4.0, batch="b4", tab=None)


def requeued() -> HandWritten:
    """A gateway refuses b1, the page puts its id into b2: only b2 leaves a receipt."""
    ledger = lived().request("b1", 1.0, end=Unanswered, status=503).request("b2", 2.0)
    return ledger.receipt(["a"], 2.02, batch="b2")


def adopted_and_seen() -> HandWritten:
    """The heir saw the same artwork as the dead tab, and sends both batches."""
    ledger = lived().reported(Adopted, 1.0, tab="heir", reason="dead", artworks=["a"])
    ledger.request("dead-1", 1.1, tab="heir").request("heir-1", 3.0, tab="heir")
    ledger.receipt(["a"], 1.1, batch="dead-1", tab="dead")
    return ledger.receipt(["a"], 3.0, batch="heir-1", tab="heir", inserted=0, duplicate=1)


EACH_ID_ONCE = cases(
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
    three_views=(of_three_kinds, FAIL, "3 views"),
    receipts_without_batch=(lambda: lived().receipt(["a"], 1.0, batch=None), UNKNOWN),
)


def measured(size: Any, received: int | None = 100, **fields: Any) -> HandWritten:
    ledger = lived().request("b", 1.0, body_bytes=size, **fields)
    return ledger.receipt(["a"], 1.02, bytes=received)


def heir_reuses_a_number() -> HandWritten:
    """The dead tab's attempt 2 never arrived; the heir, who does not know of it, sends one too."""
    ledger = lived().request("b", 1.0, None, attempt=2, tab="dead", body_bytes=300)
    ledger.reported(Adopted, 2.0, tab="heir", reason="dead")
    ledger.request("b", 2.1, attempt=2, tab="heir", body_bytes=200)
    return ledger.receipt(["a"], 2.12, tab="dead", attempt=2, bytes=200)


def swapped() -> HandWritten:
    """Two tabs with the same batch id measured each other's size."""
    ledger = measured(200).request("b", 1.0, tab="tab-2", body_bytes=100)
    return ledger.receipt(["a"], 1.02, tab="tab-2", bytes=200)


BYTES_MEASURED = cases(
    "bytes_measured",
    {},
    right=(lambda: measured(100), PASS),
    nothing_sent=(lived, UNKNOWN),
    wrong=(lambda: measured(99), FAIL),
    not_measured=(lambda: measured(None), UNKNOWN),
    never_received=(lambda: lived().request("b", 1.0, body_bytes=100), UNKNOWN),
    one_of_two_not_measured=(
        lambda: (
            measured(100)
            .request(
                "c",
                2.0,
            )
            .receipt(["c"], 2.1, batch="c")
        ),
        UNKNOWN,
    ),
    received_size_is_null=(lambda: measured(100, None), UNKNOWN),
    wrong_without_numbers=(
        lambda: (
            lived()
            .request(None, 1.0, attempt=None, body_bytes=1)
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


WENT_OVER = cases(
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
    transport_unknown=(lambda: arrived("b1", "b2", transport=None), UNKNOWN),
    nameless=(lambda: arrived(None, None, transport="beacon"), UNKNOWN),
    a_killed_server_may_have_taken_more=(killed, UNKNOWN),
)


CASES = [*BATCHES_SENT, *BETWEEN, *BATCHES_FULL, *EACH_ID_ONCE, *BYTES_MEASURED, *WENT_OVER]

test_each_case = every_case_holds(CASES)
