"""Users who are signed in and turned away."""

from __future__ import annotations

from typing import Any

from harness.core.outcome import Outcome
from harness.ledger.kinds.client import Acknowledged, Attempt, Held, SignedIn, SignedOut
from harness.ledger.kinds.load import LoadRow
from harness.ledger.kinds.network import (
    BrowserKilled,
    BrowserUsed,
    RequestActedOn,
    StorageCleared,
)
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, altered, lived


def signed_in(*changes: tuple[float, Any], status: int = 401) -> HandWritten:
    """ann signs in at 0.5 s; her page sends at 1.0 s and reads a status at 1.3 s."""
    ledger = lived().saw(0.5, SignedIn(user="ann", tab=None))
    for seconds, row in changes:
        ledger.saw(seconds, row)
    end = Acknowledged if status == 200 else Held
    return ledger.request("b", 1.0, 0.3, status=status, end=end)


def answered_by_a_fault(status: int) -> HandWritten:
    row = {"method": "POST", "path": "/", "batch": "b", "attempt": 1, "fault": "f", "did": ""}
    return signed_in((1.1, RequestActedOn(**row, answered=status)))


def loaded(status: int) -> HandWritten:
    ledger = lived().sent(1.0, outcome=Outcome.UNKNOWN)
    altered(ledger, LoadRow, lambda row: {"status": status})
    return ledger


def held(*changes: tuple[float, Any], sent_s: float = 3.0) -> HandWritten:
    """bob has the session; a page holds a batch of ann's at 2.0 s and sends it."""
    ledger = lived().saw(0.5, SignedIn(user="bob", tab=None))
    for seconds, row in changes:
        ledger.saw(seconds, row)
    ledger.reported(Held, 2.0, batch="b", artworks=("a",))
    return ledger.reported(Attempt, sent_s, batch="b", attempt=2, artworks=("a",))


def browsers(count: int) -> list[tuple[float, Any]]:
    used = {"product": "p", "version": "1", "platform": "x", "kind": "stock"}
    return [(0.1, BrowserUsed(name=f"n{number}", **used)) for number in range(count)]


BOB, ANN = SignedIn(user="bob", tab=None), SignedIn(user="ann", tab=None)
OUT = SignedOut(user="ann", tab=None)

CASES = cases(
    "signed_in_is_served",
    {},
    served=(lambda: signed_in(status=200), PASS, "none of 1 answers"),
    not_signed_in=(signed_in, FAIL, "1 of 1 answers turned a user away"),
    forbidden=(lambda: signed_in(status=403), FAIL),
    as_another=(lambda: signed_in(status=409), FAIL, "of ann read 409"),
    a_refusal_of_the_batch=(lambda: signed_in(status=400), PASS),
    signed_out_before=(lambda: signed_in((0.9, OUT)), UNKNOWN),
    signed_out_meanwhile=(lambda: signed_in((1.2, OUT)), UNKNOWN),
    another_signed_in=(lambda: signed_in((0.9, BOB)), UNKNOWN),
    signed_in_again_before=(lambda: signed_in((0.8, OUT), (0.9, ANN)), FAIL),
    signed_in_again_after_it_was_sent=(lambda: signed_in((0.8, OUT), (1.1, ANN)), UNKNOWN),
    the_browser_was_killed=(lambda: signed_in((0.8, BrowserKilled(tabs=1))), UNKNOWN),
    the_storage_was_cleared=(lambda: signed_in((0.8, StorageCleared(how="x"))), UNKNOWN),
    an_answer_of_a_fault=(lambda: answered_by_a_fault(401), UNKNOWN),
    another_answer_of_a_fault=(lambda: answered_by_a_fault(503), FAIL),
    never_signed_in=(lambda: lived().request("b", 1.0, status=401, end=Held), UNKNOWN),
    a_load=(lambda: loaded(503), PASS),
    a_load_turned_away=(lambda: loaded(401), FAIL, "of the load read 401"),
) + cases(
    "held_until_owner",
    {},
    sent_in_the_session_of_another=(held, FAIL, "1 attempts carried a batch"),
    after_its_owner_came_back=(lambda: held((2.5, ANN)), PASS, "1 times a batch was held"),
    before_its_owner_came_back=(lambda: held((3.5, ANN)), FAIL),
    its_owner_had_the_session=(lambda: held((1.0, ANN)), PASS),
    its_owner_had_had_the_session=(lambda: held((1.0, ANN), (1.5, BOB)), FAIL),
    after_a_sign_out=(lambda: held((1.0, ANN), (1.5, OUT)), FAIL),
    sent_before_it_was_held=(lambda: held(sent_s=1.9), PASS),
    in_one_browser=(lambda: held(*browsers(1)), FAIL),
    in_one_of_two_browsers=(lambda: held(*browsers(2)), UNKNOWN),
    sessions_not_known=(lambda: lived().reported(Held, 2.0, batch="b"), UNKNOWN),
)

test_each_case = every_case_holds(CASES)
