"""Batches that another page took over, and batches that wait for a user who is back."""

from __future__ import annotations

from harness.ledger.kinds.client import Adopted, Held, Recorded
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, TAB, UNKNOWN, USER, HandWritten, lived


def taken(*sent_s: float, back_s: float | None = None) -> HandWritten:
    """Another page takes over a view at 3.0 s; the first one sends it at these moments."""
    ledger = lived().reported(Adopted, 3.0, tab="heir", reason=TAB, artworks=("a",))
    ledger.request("x", 3.1, tab="heir")
    for number, at_s in enumerate(sent_s):
        ledger.request("x", at_s, attempt=2 + number)
    if back_s is not None:
        ledger.reported(Adopted, back_s, reason="heir", artworks=("a",))
    return ledger


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
        "left_to_heirs",
        {},
        left=(taken, PASS, "1 views were taken over"),
        sent_before=(lambda: taken(2.0), PASS),
        sent_before_it_could_know=(lambda: taken(3.5), PASS),
        sent_all_the_same=(lambda: taken(5.0), FAIL, "1 attempts carry what another page had"),
        taken_back=(lambda: taken(7.0, back_s=6.0), PASS),
        none=(lived, UNKNOWN),
    ),
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
