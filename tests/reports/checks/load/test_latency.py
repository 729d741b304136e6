"""Fast enough, and through in the end."""

from __future__ import annotations

from pathlib import Path

from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import (
    loaded,
    loads_of_two,
)
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    find,
)

CASES = [
    *cases(
        "latency_p95",
        {"limit_ms": 100},
        fast=(lambda: loaded(1000), PASS),
        a_tenth_slow=(lambda: loaded(1000, slow=100), FAIL),
        a_tenth_without_answer=(lambda: loaded(1000, failed=100), FAIL),
        at_five_percent=(lambda: loaded(1000, slow=50), UNKNOWN),
        the_generator_was_late=(lambda: loaded(1000, slow=100, lag_ms=80), UNKNOWN),
        too_few=(lambda: loaded(58), UNKNOWN),
        nothing_sent=(HandWritten, UNKNOWN),
    ),
    *cases(
        "flush_success",
        {"minimum": 0.995},
        all_through=(lambda: loaded(600), PASS),
        two_percent_lost=(lambda: loaded(600, failed=12), FAIL),
        too_few=(lambda: loaded(590), UNKNOWN),
        nothing_sent=(HandWritten, UNKNOWN),
    ),
]


test_each_case = every_case_holds(CASES)


def test_a_batch_that_got_through_in_the_end_is_a_success(tmp_path: Path) -> None:
    finding = find("flush_success", loads_of_two(), tmp_path, minimum=0.995)
    assert finding.measured == 0.5
    assert finding.n == 2
    assert "0.00 % at the first attempt" in finding.summary


def test_latency_counts_from_the_schedule_not_from_the_send(tmp_path: Path) -> None:
    """Sent 240 ms late and answered 10 ms later: 250 ms for the one who waits."""
    ledger = HandWritten()
    for number in range(600):
        late = {"took_ms": 250.0, "lag_ms": 240.0} if number % 100 == 0 else {}
        ledger.sent(number / 50, batch=f"b{number}", artworks=[f"a{number}"], **late)
    finding = find("latency_p95", ledger, tmp_path, limit_ms=100)
    assert finding.summary.startswith("6 of 600 requests took 100 ms or more")


def test_a_request_at_the_limit_is_over_it(tmp_path: Path) -> None:
    ledger = HandWritten()
    for number in range(600):
        ledger.sent(number / 50, took_ms=100.0, batch=f"b{number}", artworks=[f"a{number}"])
    assert find("latency_p95", ledger, tmp_path, limit_ms=100).verdict is FAIL


def test_slow_requests_in_one_burst_decide_nothing(tmp_path: Path) -> None:
    ledger = HandWritten()
    for number in range(1_000):
        took_ms = 250.0 if 500 <= number < 531 else 5.0
        ledger.sent(number / 50, took_ms=took_ms, batch=f"b{number}", artworks=[f"a{number}"])
    assert find("latency_p95", ledger, tmp_path, limit_ms=100).verdict is UNKNOWN


def test_ten_seconds_of_requests_are_the_least(tmp_path: Path) -> None:
    ledger = HandWritten()
    for number in range(600):
        ledger.sent(number / 600, batch=f"b{number}", artworks=[f"a{number}"])
    assert find("latency_p95", ledger, tmp_path, limit_ms=100).verdict is UNKNOWN
