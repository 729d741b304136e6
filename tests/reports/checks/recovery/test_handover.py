"""Batches that another page took over, and batches that wait for a user who is back."""

from __future__ import annotations

from harness.ledger.kinds.client import Adopted, Held, MemoryMode, PageShow, Recorded
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, TAB, UNKNOWN, USER, HandWritten, lived


def taken(*sent_s: float, back_s: float = 4.0, **more: float) -> HandWritten:
    """Another page takes over a view at 3.0 s; the first one comes out of the cache at ``back_s``
    and sends it at these moments. ``again_s``: when it took the view back; ``failed_s``: when its
    storage failed."""
    ledger = lived().reported(Adopted, 3.0, tab="heir", reason=TAB, artworks=("a",))
    ledger.request("x", 3.1, tab="heir")
    persisted = "persisted=true" if back_s else "persisted=false"
    ledger.reported(PageShow, back_s or 0.5, reason=f"{persisted} isTrusted=true")
    for number, at_s in enumerate(sent_s):
        ledger.request("x", at_s, attempt=2 + number)
    if "again_s" in more:
        ledger.reported(Adopted, more["again_s"], reason="heir", artworks=("a",))
    if "failed_s" in more:
        ledger.reported(MemoryMode, more["failed_s"])
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
        sent_before_it_could_know=(lambda: taken(4.9), PASS),
        sent_all_the_same=(lambda: taken(5.2), FAIL, "1 attempts of pages out of the cache carry"),
        soon_after_a_late_adoption=(lambda: taken(3.9, back_s=1.0), PASS),
        long_after_a_late_adoption=(lambda: taken(4.2, back_s=1.0), FAIL),
        taken_back=(lambda: taken(7.0, again_s=6.0), PASS),
        storage_failed=(lambda: taken(7.0, failed_s=4.1), UNKNOWN),
        never_back=(lambda: taken(7.0, back_s=0.0), UNKNOWN, "no page came out of the cache"),
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
