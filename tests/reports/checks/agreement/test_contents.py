"""Batches without an id, and views in two of them."""

from __future__ import annotations

from harness.ledger.kinds.client import (
    Adopted,
    PageShow,
    Persisted,
    Recorded,
    RecorderLeftOut,
)
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def kept() -> HandWritten:
    """A page records two views and keeps them on disk."""
    ledger = lived()
    for artwork in ("a", "b"):
        ledger.reported(Recorded, 1.0, artworks=(artwork,))
    return ledger.reported(Persisted, 1.1, artworks=("a", "b"))


def sent(**batches: str) -> HandWritten:
    """It sends these batches: id → its artworks, a letter each."""
    ledger = kept()
    for number, (batch, artworks) in enumerate(batches.items()):
        ledger.request(batch, 2.0 + number, artworks=tuple(artworks))
    return ledger


CASES = [
    *cases(
        "batches_hold_ids",
        {},
        one_each=(lambda: sent(x="a", y="b"), PASS, "each of 2 attempts"),
        one_is_empty=(lambda: sent(x="ab", y=""), FAIL, "1 of 2 attempts of pages hold no id"),
        a_script_of_the_harness=(lambda: sent(x="").noted(RecorderLeftOut, 0.5), UNKNOWN),
        none=(kept, UNKNOWN),
    ),
    *cases(
        "recorded_in_one_batch",
        {},
        one_each=(lambda: sent(x="a", y="b"), PASS, "each of 2 views is in one batch"),
        sent_again=(lambda: sent(x="ab").request("x", 3.0, attempt=2, artworks=("a", "b")), PASS),
        one_in_two=(lambda: sent(x="ab", y="b"), FAIL, "1 of 2 views are in more batches"),
        recorded_twice=(
            lambda: sent(x="ab", y="b").reported(Recorded, 2.5, artworks=("b",)),
            PASS,
        ),
        by_an_heir=(lambda: sent(x="ab", y="b").reported(Adopted, 1.5), UNKNOWN),
        out_of_the_cache=(
            lambda: sent(x="ab", y="b").reported(PageShow, 1.5, reason="persisted=true"),
            UNKNOWN,
        ),
        none=(kept, UNKNOWN),
    ),
]

test_each_case = every_case_holds(CASES)
