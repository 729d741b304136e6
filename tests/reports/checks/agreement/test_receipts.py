"""Receipts whose counts do not follow from what arrived."""

from __future__ import annotations

from typing import Any

from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def received(*receipts: tuple[list[str], int, int], **more: Any) -> HandWritten:
    """Receipts of these ids, with how many they count as new and as known."""
    ledger = lived()
    for number, (artworks, inserted, duplicate) in enumerate(receipts):
        counts = {"inserted": inserted, "duplicate": duplicate}
        ledger.receipt(artworks, 1.0 + number, batch=f"b{number}", **counts, **more)
    return ledger


def after_a_kill(*receipts: tuple[list[str], int, int]) -> HandWritten:
    return received(*receipts).lifetime("killed", ended=False)


CASES = cases(
    "inserted_once_each",
    {},
    each_new=(lambda: received((["a", "b"], 2, 0)), PASS, "2 ids were counted as new, 2 different"),
    again=(lambda: received((["a", "b"], 2, 0), (["b", "c"], 1, 1)), PASS),
    known_first_and_new_then=(lambda: received((["a"], 0, 1), (["a"], 1, 0)), PASS),
    twice_in_one=(lambda: received((["a", "a"], 1, 1)), PASS),
    new_twice=(lambda: received((["a"], 1, 0), (["a"], 1, 0)), FAIL, "2 ids were counted as new"),
    never_new=(lambda: received((["a", "b"], 1, 0)), FAIL, "1 ids were counted as new, 2 diff"),
    known_though_it_is_new=(
        lambda: received((["a", "b"], 1, 1), (["c"], 2, 0)),
        FAIL,
        "1 receipts count ids as known",
    ),
    another_users=(
        lambda: received((["a"], 1, 0)).receipt(["a"], 2.0, user="bob", inserted=0, duplicate=1),
        FAIL,
    ),
    the_receipt_of_the_first_may_be_missing=(lambda: after_a_kill((["a"], 0, 1)), PASS, "missing"),
    new_twice_after_a_kill=(lambda: after_a_kill((["a"], 1, 0), (["a"], 1, 0)), FAIL),
    nothing_committed=(lambda: received((["a"], 0, 0), committed_mono_ns=None), UNKNOWN),
)

test_each_case = every_case_holds(CASES)
