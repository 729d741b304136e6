"""Every view carried, and for the person who saw it."""

from __future__ import annotations

from pathlib import Path

from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import (
    lost_unacked,
    shown_only,
)
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    find,
    healthy,
    lived,
)


def covered() -> HandWritten:
    return healthy().shown("a", 3.0, tab="tab-2")


def for_two(taken_by: str = "bob", *, seen_by: str = "bob") -> HandWritten:
    ledger = lived().shown("x", 1.0, tab="a").receipt(["x"], 1.5, tab="a")
    ledger.shown("y", 2.0, tab="b", user=seen_by)
    return ledger.receipt(["y"], 2.5, tab="b", user=taken_by)


OWNERS = cases(
    "nothing_for_another",
    {},
    each_for_its_own=(for_two, PASS),
    for_another=(lambda: for_two("ann"), FAIL),
    one_person=(lambda: for_two("ann", seen_by="ann"), UNKNOWN),
    nothing_arrived=(lambda: lived().shown("x", 1.0), UNKNOWN),
    nothing_was_shown=(lambda: lived().receipt(["x"], 1.0), UNKNOWN),
    it_hides_behind_hers=(
        lambda: for_two().shown("y", 2.0, tab="a").receipt(["y"], 3.0, tab="a", user="bob"),
        FAIL,
    ),
)


CASES = [
    *cases(
        "every_view_carried",
        {},
        carried=(healthy, PASS),
        covered_by_another_view=(covered, FAIL),
        no_receipt=(lost_unacked, FAIL),
        no_receipts=(shown_only, UNKNOWN),
        nothing_shown=(HandWritten, UNKNOWN),
    ),
    *OWNERS,
]


test_each_case = every_case_holds(CASES)


def test_a_refused_receipt_carries_nothing(tmp_path: Path) -> None:
    refused = {"status": 503, "reason": "queue_full", "rejected": 1, "inserted": 0}
    times = {"committed_mono_ns": None, "committed_wall_ns": None}
    ledger = healthy().shown("c", 2.0).receipt(["c"], 2.2, **refused, **times)
    assert find("every_view_carried", ledger, tmp_path).verdict is FAIL
