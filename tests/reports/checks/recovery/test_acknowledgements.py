"""How soon answers reached the page."""

from __future__ import annotations

import math

from harness.ledger.kinds.network import ReferenceRequest
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import (
    with_outage,
)
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    at,
    lived,
)


def looked(count: int, took_s: float, slow: int = 0, slow_s: float = 9.0) -> HandWritten:
    ledger = lived()
    for number in range(count):
        seconds = 1.0 + number / 4
        ledger.shown(f"w{number}", seconds)
        late = seconds + (slow_s if number < slow else took_s)
        ledger.request(f"b{number}", late, 0.0, artworks=[f"w{number}"])
    return ledger


P95 = cases(
    "acknowledged_p95",
    {"limit_ms": 2500},
    soon=(lambda: looked(80, 2.0), PASS),
    nothing_shown=(lived, UNKNOWN),
    all_late=(lambda: looked(80, 2.6), FAIL),
    too_few=(lambda: looked(10, 2.0), UNKNOWN),
    a_tenth_late_in_a_large_sample=(lambda: looked(400, 2.0, slow=80), FAIL),
    never_answered=(lambda: looked(60, 2.0).shown("x", 2.0), UNKNOWN),
    another_tab_was_answered=(
        lambda: lived().shown("a", 1.0).request("b", 1.1, artworks=["a"], tab="t2"),
        UNKNOWN,
    ),
)


def beside(
    page_soon: int, page_late: int, plain_soon: int, plain_late: int, *, ends: float = 70.0
) -> HandWritten:
    ledger = with_outage(lived(), 1.0, ends)
    for number in range(page_soon + page_late):
        took_s = 0.5 if number < page_soon else 7.0
        ledger.request(f"b{number}", 2.0 + number, took_s)
    for number in range(plain_soon + plain_late):
        seconds = 2.0 + number
        value = 0.5 if number < plain_soon else math.nan
        sent = {"took_s": value, "sent_mono_ns": at(seconds).mono_ns}
        ledger.saw(seconds + 1, ReferenceRequest(**sent))
    return ledger


def mute(ledger: HandWritten) -> HandWritten:
    for number in range(30):
        ledger.request(f"b{number}", 2.0 + number, None)
    return ledger


BESIDE = cases(
    "soon_as_reference",
    {"within_s": 5},
    as_good=(lambda: beside(30, 10, 30, 10), PASS),
    better=(lambda: beside(40, 0, 20, 20), PASS),
    a_little_worse=(lambda: beside(28, 12, 32, 8), PASS),
    much_worse=(lambda: beside(10, 30, 38, 2), FAIL),
    never_answered=(lambda: mute(beside(0, 0, 40, 0)), FAIL),
    too_few_batches=(lambda: beside(9, 0, 40, 0), UNKNOWN),
    too_few_beside=(lambda: beside(40, 0, 9, 0), UNKNOWN),
    no_plain_client=(lambda: beside(40, 0, 0, 0), UNKNOWN),
    what_began_at_the_end_does_not_count=(lambda: beside(30, 0, 30, 0, ends=12.0), UNKNOWN),
    no_fault=(lived, UNKNOWN),
)


CASES = [*P95, *BESIDE]

test_each_case = every_case_holds(CASES)
