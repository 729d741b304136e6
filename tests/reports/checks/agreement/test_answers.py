"""Answers that say otherwise than the receipts, and what excuses them."""

from __future__ import annotations

from typing import Any

from harness.core.outcome import Outcome
from harness.ledger.kinds.client import BatchRefused, Held, QueueState, Unanswered
from harness.ledger.kinds.network import RequestActedOn
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived

REFUSED: dict[str, Any] = {"inserted": 0, "committed_mono_ns": None, "committed_wall_ns": None}


def read(status: int, *receipts: dict[str, Any], **page: Any) -> HandWritten:
    """A page reads a status; the server left these receipts of its batch."""
    end = {"end": Unanswered} if status >= 500 else {"end": BatchRefused} if status >= 400 else {}
    ledger = lived().request("b", 1.0, 0.3, status=status, **end, **page)
    for number, receipt in enumerate(receipts):
        ledger.receipt(["a"], 1.1 + number / 100, **receipt)
    return ledger


def counted(ledger: HandWritten, successes: int) -> HandWritten:
    """The page's own counters, read at the end."""
    return ledger.noted(QueueState, 9.0, telemetry={"flushSuccess": successes})


def made_up(status: int) -> HandWritten:
    ledger = read(503, {})
    return ledger.saw(
        1.05,
        RequestActedOn(
            method="POST", path="/", batch="b", attempt=1, fault="f", did="", answered=status
        ),
    )


def loaded(status: int, /, **receipt: Any) -> HandWritten:
    good = status == 200
    ledger = lived().sent(2.0, outcome=Outcome.ACKNOWLEDGED if good else Outcome.UNKNOWN, batch="l")
    return ledger.receipt(["a"], 2.002, batch="l", **receipt)


def before_the_body() -> HandWritten:
    """Attempt 1 was answered 503; attempt 2 401, before its body was read."""
    ledger = read(503, {"status": 503, **REFUSED})
    ledger.request("b", 2.0, 0.1, attempt=2, status=401, end=Held)
    return ledger.receipt([], 2.05, status=401, **REFUSED, batch=None, attempt=None)


CASES = [
    *cases(
        "answers_as_processed",
        {},
        stored_and_reported=(lambda: read(200, {}), PASS, "1 answers say"),
        refused_and_reported=(lambda: read(400, {"status": 400, **REFUSED}), PASS),
        stored_and_refused_says_a_page_alone=(
            lambda: read(400, {}),
            UNKNOWN,
            "nothing shows which of the two is wrong: batch b attempt 1: the client read 400, the "
            "receipt has 200",
        ),
        stored_and_refused_say_its_counters_too=(
            lambda: counted(read(400, {}), 0),
            FAIL,
            "the client read 400, the receipt has 200",
        ),
        stored_and_refused_deny_its_counters=(lambda: counted(read(400, {}), 1), UNKNOWN),
        stored_and_failed_says_a_page_alone=(lambda: read(500, {}), UNKNOWN),
        stored_and_failed_and_sent_again=(lambda: read(500, {}, {"attempt": 2}), FAIL),
        stored_under_another_success=(lambda: counted(read(202, {}), 1), UNKNOWN),
        stored_under_its_own_400=(lambda: read(400, {"status": 400}), FAIL, "was committed"),
        refused_and_reported_stored=(
            lambda: read(200, {"status": 200, **REFUSED}),
            FAIL,
            "was not committed",
        ),
        unknown_outcome=(
            lambda: read(503, {"status": 503, "reason": "outcome_unknown", **REFUSED}),
            PASS,
        ),
        repeated_by_the_browser=(lambda: read(200, {"status": 503, **REFUSED}, {}), PASS),
        an_earlier_attempts_answer=(
            lambda: read(503, {"status": 503, **REFUSED}, {"attempt": 2}, attempt=2),
            PASS,
        ),
        an_answer_over_another_transport=(
            lambda: read(503, {"transport": "beacon", "status": 503, **REFUSED}, {}),
            UNKNOWN,
        ),
        made_up_by_a_fault=(lambda: made_up(503), UNKNOWN),
        another_than_the_fault_made_up=(lambda: made_up(429), UNKNOWN),
        refused_before_its_body=(before_the_body, PASS),
        no_receipt_of_it=(lambda: read(400), UNKNOWN, "no client read an answer"),
        a_receipt_without_status=(lambda: read(200, {"status": None}), UNKNOWN),
        a_load=(lambda: loaded(200), PASS),
        a_load_stored_and_failed=(lambda: loaded(503), FAIL, "read status 503"),
        a_load_refused_and_reported=(lambda: loaded(503, status=503, **REFUSED), PASS),
        a_load_refused_and_reported_stored=(lambda: loaded(200, status=503, **REFUSED), FAIL),
    ),
    *cases(
        "counts_as_processed",
        {},
        as_counted=(lambda: read(200, {}, inserted=1, duplicate=0), PASS),
        not_counted=(lambda: read(200, {}), UNKNOWN, "no success counts"),
        another_number=(lambda: read(200, {}, inserted=0, duplicate=1), FAIL, "0 new and 1 known"),
        not_all_that_were_sent=(lambda: read(200, {}, inserted=1, duplicate=2), FAIL, "of 1 ids"),
        of_the_second_receipt=(
            lambda: read(200, {}, {"inserted": 0, "duplicate": 1}, inserted=0, duplicate=1),
            PASS,
        ),
        a_load=(lambda: loaded(200), PASS),
        a_load_that_reads_another=(lambda: loaded(200, inserted=0, duplicate=1), FAIL),
        a_load_that_was_refused=(lambda: loaded(503), UNKNOWN),
    ),
]

test_each_case = every_case_holds(CASES)
