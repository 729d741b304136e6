"""Batches in another's name: refused with 409, and no receipt of a row."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.client import PageAnswer
from reports.checks.page.claims import CLAIM, FORGED, UNSIGNED
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived

NOT_STORED: dict[str, Any] = {
    "inserted": 0,
    "rejected": 1,
    "committed_mono_ns": None,
    "committed_wall_ns": None,
}


def claimed(*statuses: object, receipts: int = 2, stored: int = 0) -> HandWritten:
    """A visitor's own batch, and as many in another's name as there are statuses."""
    ledger = lived().receipt(["a"], 1.0)
    for number, status in enumerate(statuses):
        ledger.noted(PageAnswer, 2.0 + number, question=CLAIM, answer=status)
    for number in range(receipts):
        ledger.receipt(["b"], 2.0 + number, batch=None, status=409, **NOT_STORED)
    for number in range(stored):
        ledger.receipt(["b"], 4.0 + number, batch=None)
    return ledger


def alone(*statuses: object) -> HandWritten:
    """The same, and as many without a session."""
    ledger = claimed(409, 409)
    for number, status in enumerate(statuses):
        ledger.noted(PageAnswer, 5.0 + number, question=UNSIGNED, answer=status)
    return ledger


ALONE = cases(
    "claims_refused",
    {"claims": 2, "unsigned": 1},
    refused=(lambda: alone(401), PASS, "1 without a session 401"),
    stored=(lambda: alone(200), FAIL, "without a session was answered 200, not 401"),
    refused_otherwise=(lambda: alone(409), FAIL, "not 401"),
    never_sent=(alone, UNKNOWN, "0 of 1 batches came without a session"),
)


def forged(*statuses: object) -> HandWritten:
    """The same, and as many with a session that was never given."""
    ledger = claimed(409, 409)
    for number, status in enumerate(statuses):
        ledger.noted(PageAnswer, 6.0 + number, question=FORGED, answer=status)
    return ledger


FORGERIES = cases(
    "claims_refused",
    {"claims": 2, "forged": 1},
    forged_refused=(lambda: forged(401), PASS, "1 with a forged one 401"),
    forged_stored=(lambda: forged(200), FAIL, "with a forged session was answered 200, not 401"),
    forged_refused_otherwise=(lambda: forged(409), FAIL, "not 401"),
    never_forged=(forged, UNKNOWN, "0 of 1 batches came with a forged session"),
)
CASES = (ALONE + FORGERIES) + cases(
    "claims_refused",
    {"claims": 2},
    both=(lambda: claimed(409, 409), PASS, "2 batches in another's name were answered 409"),
    one_is_taken=(lambda: claimed(409, 200, receipts=1, stored=1), FAIL, "answered 200, not 409"),
    one_refused_otherwise=(lambda: claimed(403, 409), FAIL, "answered 403"),
    refused_and_stored=(lambda: claimed(409, 409, stored=1), FAIL, "was stored for ann"),
    one_only=(lambda: claimed(409, receipts=1), UNKNOWN, "1 of 2"),
    no_receipt=(lambda: claimed(409, 409, receipts=1), UNKNOWN, "1 have a receipt"),
    none=(lambda: claimed(receipts=0), UNKNOWN, "no page sent"),
)

test_each_case = every_case_holds(CASES)
