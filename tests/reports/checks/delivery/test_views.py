"""Every view carried, and for the person who saw it."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.client import Adopted
from harness.target.capabilities import Promise
from reports.checks import CHECKS
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
    evidence_of,
    find,
    healthy,
    lived,
)


def test_a_view_that_arrived_nowhere_is_not_held_against_at_most_once_delivery() -> None:
    carried = CHECKS["every_view_carried"]
    assert carried.is_promised(Promise.EXACTLY_ONCE)
    assert carried.is_promised(Promise.AT_LEAST_ONCE)
    assert not carried.is_promised(Promise.AT_MOST_ONCE)


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


IN_DOUBT = {"status": 503, "reason": "outcome_unknown", "rejected": 1, "inserted": 0}
NEVER = {"committed_mono_ns": None, "committed_wall_ns": None}


def row_of_c(ledger: HandWritten) -> HandWritten:
    return ledger.shown("c", 2.0).final(9.1, a=1, b=1, c=1)


def killed(ledger: HandWritten) -> HandWritten:
    ledger.receipts = [row for row in ledger.receipts if row["kind"] != "stopped"]
    return ledger


def stored_in_doubt() -> HandWritten:
    """The database broke off in the middle of a commit, and a row is there."""
    return row_of_c(healthy()).receipt(["c"], 2.2, **IN_DOUBT, **NEVER)


def refused_and_stored() -> HandWritten:
    return row_of_c(healthy()).receipt(["c"], 2.2, **IN_DOUBT | {"reason": "queue_full"}, **NEVER)


def nameless() -> HandWritten:
    ledger = healthy()
    ledger.receipts = [row | {"tab": None} for row in ledger.receipts]
    return ledger


CASES = [
    *cases(
        "every_view_carried",
        {},
        carried=(healthy, PASS),
        covered_by_another_view=(covered, FAIL),
        no_receipt=(lost_unacked, FAIL),
        stored_as_the_server_was_killed=(lambda: killed(row_of_c(healthy())), PASS),
        stored_without_a_receipt=(lambda: row_of_c(healthy()), FAIL),
        no_row_as_the_server_was_killed=(lambda: killed(lost_unacked()), FAIL),
        covered_as_the_server_was_killed=(lambda: killed(covered()), FAIL, "1 of them covered"),
        stored_in_doubt=(stored_in_doubt, PASS),
        refused_and_stored=(refused_and_stored, FAIL),
        no_receipt_names_a_tab=(nameless, UNKNOWN, "receipts of 2 views name no tab"),
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


def test_a_view_is_carried_covered_or_uncarried(tmp_path: Path) -> None:
    ledger = healthy().shown("a", 3.0, tab="tab-2").shown("c", 3.0, tab="tab-2")
    views = evidence_of(ledger, tmp_path).fates.views.set_index(["tab", "artwork"])["carriage"]
    assert views["tab-1", "a"] == "carried"
    assert views["tab-2", "a"] == "covered"
    assert views["tab-2", "c"] == "uncarried"


def test_an_adopted_batch_keeps_the_tab_that_showed_it(tmp_path: Path) -> None:
    """The heir sends it, the receipt names the dead tab: carried. Named after the heir: not."""
    ledger = healthy().shown("c", 3.0, tab="dead").receipt(["c"], 4.0, tab="dead")
    ledger.saw(3.9, Adopted(user="ann", tab="heir", reason="dead"))
    ledger.final(9.1, viewed_s=3.95, c=1)
    views = evidence_of(ledger, tmp_path / "kept").fates.views.set_index("artwork")["carriage"]
    assert views["c"] == "carried"
    ledger.receipts[-1]["tab"] = "heir"
    views = evidence_of(ledger, tmp_path / "named").fates.views.set_index("artwork")["carriage"]
    assert views["c"] == "covered"


def test_a_batch_that_was_not_committed_carries_no_view(tmp_path: Path) -> None:
    ledger = healthy().shown("c", 2.0)
    ledger.receipt(["c"], 2.2, status=503, committed_mono_ns=None, committed_wall_ns=None)
    fates = evidence_of(ledger, tmp_path).fates
    assert fates.views.set_index("artwork")["carriage"]["c"] == "uncarried"
