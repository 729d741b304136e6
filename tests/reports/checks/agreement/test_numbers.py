"""Batches and attempts that the server sees numbered otherwise than they were begun and sent."""

from __future__ import annotations

from harness.ledger.kinds.client import Adopted, Attempt, PageShow, Recorded
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def numbered(*numbers: int | None) -> HandWritten:
    """A page that records and sends as many batches, whose receipts have these numbers."""
    ledger = lived()
    for place, number in enumerate(numbers):
        batch, artwork, at_s = f"b{place}", f"a{place}", 1.0 + place
        ledger.reported(Recorded, at_s, number=2 * place + 1, batch=batch, artworks=(artwork,))
        sent = {"batch": batch, "attempt": 1, "artworks": (artwork,)}
        ledger.reported(Attempt, at_s + 0.1, number=2 * place + 2, **sent)
        ledger.receipt([artwork], at_s + 0.2, batch=batch, seq=number)
    return ledger


def attempted(*attempts: int) -> HandWritten:
    """A page that sends one batch as these attempts, each with a receipt."""
    ledger = lived().reported(Recorded, 1.0, number=1, batch="b", artworks=("a",))
    for place, attempt in enumerate(attempts):
        at_s = 1.1 + place
        sent = {"batch": "b", "attempt": attempt, "artworks": ("a",)}
        ledger.reported(Attempt, at_s, number=place + 2, **sent)
        ledger.receipt(["a"], at_s + 0.2, batch="b", attempt=attempt, seq=1)
    return ledger


def renumbered() -> HandWritten:
    return attempted(1).receipt(["a"], 3.0, batch="b", attempt=1, seq=2)


def revived() -> HandWritten:
    return numbered(2, 1).reported(PageShow, 5.0, number=5, reason="persisted=true isTrusted=true")


def inherited(attempt: int = 4, *, receipts: int = 1, cached: bool = False) -> HandWritten:
    """An heir sends what another page left; ``attempt`` is the number with which it goes on."""
    ledger = attempted(1)
    adopted = {"tab": "heir", "artworks": ("a",), "reason": "tab-1"}
    ledger.reported(Adopted, 4.0, number=1, **adopted)
    sent = {"tab": "heir", "batch": "b", "attempt": attempt, "artworks": ("a",)}
    ledger.reported(Attempt, 4.1, number=2, **sent)
    for number in range(receipts):
        ledger.receipt(["a"], 4.2 + number, batch="b", attempt=attempt, seq=1)
    if cached:
        reason = "persisted=true isTrusted=true"
        ledger.reported(PageShow, 4.3, tab="heir", number=3, reason=reason)
    return ledger


def heir_of_two(attempt: int) -> HandWritten:
    """The same, of a page that made two attempts before."""
    ledger = attempted(1, 2)
    sent = {"tab": "heir", "batch": "b", "attempt": attempt, "artworks": ("a",)}
    ledger.reported(Attempt, 4.1, number=1, **sent)
    return ledger.receipt(["a"], 4.2, batch="b", attempt=attempt, seq=1)


CASES = cases(
    "batches_numbered",
    {},
    one_by_one=(lambda: numbered(1, 2, 3), PASS, "3 batches"),
    from_zero=(lambda: numbered(0, 1), PASS),
    from_four=(lambda: numbered(4, 5), FAIL, "are not numbered as it began them"),
    backwards=(lambda: numbered(2, 1), FAIL, "are not numbered as it began them"),
    one_left_out=(lambda: numbered(1, 3), FAIL, "are not numbered as it began them"),
    one_twice=(lambda: numbered(1, 1), FAIL, "2 batches of tab tab-1 have the number 1"),
    one_batch_with_two=(renumbered, FAIL, "batch b has the numbers 1, 2"),
    out_of_the_cache=(revived, PASS),
    attempts_one_by_one=(lambda: attempted(1, 2), PASS),
    attempts_from_two=(lambda: attempted(2, 3), FAIL, "batch b was sent as attempt 2, 3"),
    attempts_of_an_heir=(inherited, PASS),
    an_heir_that_uses_a_number_again=(lambda: heir_of_two(2), PASS),
    an_heir_that_counts_anew=(lambda: inherited(1), FAIL, "as attempt 1 by 2 pages"),
    an_heir_whose_request_was_not_seen=(lambda: inherited(1, receipts=0), PASS),
    an_heir_out_of_the_cache=(lambda: inherited(1, cached=True), PASS),
    no_numbers=(lambda: numbered(None), UNKNOWN),
    a_page_that_does_not_number_its_events=(
        lambda: lived().reported(Recorded, 1.0, batch="b", artworks=("a",)).receipt(["a"], 2.0),
        UNKNOWN,
    ),
    nothing=(lived, UNKNOWN),
)

test_each_case = every_case_holds(CASES)
