"""What arrived, how, and how often."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.network import RequestArrived
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    lived,
)


def again(**more: Any) -> HandWritten:
    second = {"attempt": 2, "inserted": 0, "duplicate": 1, **more}
    return lived().receipt(["a"], 1.0, transport="beacon").receipt(["a"], 2.0, **second)


CAME_AGAIN = [
    *cases(
        "came_again",
        {"least": 1},
        again=(again, PASS),
        by_the_browser=(lambda: again(attempt=1), PASS),
        no_receipts=(lived, UNKNOWN),
        once=(lambda: lived().receipt(["a"], 1.0), UNKNOWN),
        stored_again=(lambda: again(inserted=1, duplicate=0), FAIL),
        another_tabs_batch_of_the_same_id=(lambda: again(tab="t2"), UNKNOWN),
        another_users_batch_of_the_same_id=(lambda: again(user="bob"), UNKNOWN),
        nameless=(
            lambda: lived().receipt(["a"], 1.0, batch=None).receipt(["a"], 2.0, batch=None),
            UNKNOWN,
        ),
        the_second_was_refused=(
            lambda: again(status=400, committed_mono_ns=None, duplicate=0),
            UNKNOWN,
        ),
        once_without_a_tab=(lambda: lived().receipt(["a"], 1.0, tab=None), UNKNOWN, "0 requests"),
        rows_of_a_batch_without_ids=(
            lambda: again().receipt([], 3.0, batch="empty", inserted=1),
            FAIL,
            "1 batches were stored more than once",
        ),
        without_numbers=(lambda: again(attempt=None), PASS),
    ),
    *cases(
        "came_again", {"least": 0}, once_is_not_again=(lambda: lived().receipt(["a"], 1), UNKNOWN)
    ),
]


ENDPOINT = "/api/artworks/batch-impressions"


def recorded(*requests: tuple[str, str]) -> HandWritten:
    ledger = lived()
    for method, path in requests:
        is_there = path.partition("?")[0] == ENDPOINT
        ledger.saw(1.0, RequestArrived(method=method, path=path, to_batches=is_there))
    return ledger


ARRIVED_AS = [
    *cases(
        "arrived_as",
        {"method": "POST", "least": 1, "most": 1},
        once=(lambda: recorded(("POST", ENDPOINT)), PASS),
        nothing=(lived, UNKNOWN),
        as_another=(lambda: recorded(("OPTIONS", ENDPOINT)), FAIL),
        twice=(lambda: recorded(("POST", ENDPOINT), ("POST", ENDPOINT)), FAIL),
        pages_only=(lambda: recorded(("GET", "/display")), FAIL),
        elsewhere=(lambda: recorded(("POST", "/batches"), ("POST", ENDPOINT)), PASS),
        with_a_query=(lambda: recorded(("POST", ENDPOINT + "?x=1")), PASS),
    ),
    *cases(
        "arrived_as",
        {"method": "OPTIONS", "least": 0, "most": 0},
        never=(lambda: recorded(("POST", ENDPOINT)), PASS),
        no_batch_at_all=(lambda: recorded(("GET", "/display")), UNKNOWN),
        asked_first=(lambda: recorded(("OPTIONS", ENDPOINT), ("POST", ENDPOINT)), FAIL),
    ),
]


CASES = [*CAME_AGAIN, *ARRIVED_AS]

test_each_case = every_case_holds(CASES)
