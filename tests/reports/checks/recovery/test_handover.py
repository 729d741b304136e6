"""Batches that wait for a user who is back."""

from __future__ import annotations

from harness.ledger.kinds.client import Held, Recorded
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, USER, HandWritten, lived


def held(*, sent: bool, back: bool = True, answered: bool = True) -> HandWritten:
    """A batch waits while another user is signed in; its own is back at 5 s and sees something."""
    ledger = lived().reported(Held, 2.0, batch="x", artworks=("a",), reason="somebody else")
    ledger.reported(Recorded, 3.0, user="bob", artworks=("b",))
    ledger.request("y", 3.5, user="bob", artworks=("b",))
    if sent:
        ledger.request("x", 5.2)
    if back:
        ledger.reported(Recorded, 5.0, user=USER, artworks=("c",))
        ledger.request("z", 5.5, None if not answered else 0.1, user=USER, artworks=("c",))
    return ledger


CASES = [
    *cases(
        "released_to_owner",
        {},
        sent=(lambda: held(sent=True), PASS, "1 batches that were held were sent"),
        kept=(lambda: held(sent=False), FAIL, "1 of 1 batches were held although"),
        user_never_back=(lambda: held(sent=False, back=False), UNKNOWN),
        nothing_delivered=(lambda: held(sent=False, answered=False), UNKNOWN),
        none=(lived, UNKNOWN),
    ),
]

test_each_case = every_case_holds(CASES)
