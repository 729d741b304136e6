"""What a bad network leads to, check by check: each verdict, and the ledgers that would fool it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from reports.verdict.verdict import Verdict
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    Make,
    at,
    find,
    healthy,
    hidden,
    judged,
    lived,
)


def measured(
    ledger: HandWritten, when: str, value: float = 401.0, what: str = "round_trip_ms", **more: Any
) -> HandWritten:
    detail = {"when": when, "what": what, "nominal": 400, "low": 380, "high": 420, "judged": True}
    text = json.dumps({**detail, **more})
    at_s = 0.5 if when == "before" else 8.0
    return ledger.saw("network", at_s, kind="calibration", value=value, detail=text)


def both(before: float = 401.0, after: float = 401.0, **more: Any) -> HandWritten:
    return measured(measured(lived(), "before", before, **more), "after", after, **more)


CALIBRATED = judged(
    "calibrated",
    {},
    within=(both, PASS),
    not_at_all=(lived, UNKNOWN),
    before_only=(lambda: measured(lived(), "before"), UNKNOWN),
    after_only=(lambda: measured(lived(), "after"), UNKNOWN),
    too_fast=(lambda: both(before=207), UNKNOWN),
    too_slow_in_the_end=(lambda: both(after=470), UNKNOWN),
    one_of_many_is_off=(lambda: measured(both(), "after", 507, "chunk_ms"), UNKNOWN),
    could_not_be_measured=(lambda: both(after=math.nan, note="no result in 60 s"), UNKNOWN),
    nothing_was_judged=(lambda: both(judged=False), UNKNOWN),
    what_is_not_judged_may_be_off=(
        lambda: measured(both(), "after", 1.0, "connect_ms", judged=False),
        PASS,
    ),
    without_an_upper_bound=(lambda: both(after=9_000, high=None), PASS),
    without_tolerance=(lambda: both(low=None), UNKNOWN),
    an_unreadable_row=(
        lambda: both().saw("network", 8, kind="calibration", value=1.0, detail="{"),
        UNKNOWN,
    ),
)


def broken(ledger: HandWritten, starts: float = 2.0, ends: float = 5.0) -> HandWritten:
    ledger.saw("network", starts, kind="fault_start", fault="cut")
    return ledger.saw("network", ends, kind="fault_end", fault="cut")


def deep(depth: int, seconds: float) -> HandWritten:
    return broken(lived()).told("queued", seconds, queue_depth=depth)


def on_a_line() -> HandWritten:
    ledger = lived().saw("network", 1.0, kind="line_start", fault="slow-3g")
    return ledger.saw("network", 8.0, kind="line_end", fault="slow-3g")


PEAK = judged(
    "queue_peaked",
    {"least": 10},
    it_grew=(lambda: deep(12, 4.0), PASS),
    exactly=(lambda: deep(10, 4.0), PASS),
    too_little=(lambda: deep(9, 4.0), FAIL),
    only_before_the_fault=(lambda: deep(3, 4.0).told("queued", 1.0, queue_depth=50), FAIL),
    only_after_the_fault=(lambda: deep(50, 6.0), UNKNOWN),
    no_fault=(lambda: lived().told("queued", 4.0, queue_depth=50), UNKNOWN),
    on_a_bad_line=(lambda: on_a_line().told("queued", 4.0, queue_depth=50), PASS),
    too_little_on_a_bad_line=(lambda: on_a_line().told("queued", 4.0, queue_depth=9), FAIL),
    of_fault_and_line_the_fault_counts=(
        lambda: broken(on_a_line()).told("queued", 1.5, queue_depth=50),
        UNKNOWN,
    ),
    nobody_told=(lambda: broken(lived()), UNKNOWN),
)


def waited(*answers: tuple[str, float]) -> HandWritten:
    """Two views in an outage and one after it, and when each was acknowledged."""
    ledger = broken(lived()).shown("a", 3.0).shown("b", 3.5).shown("c", 6.0)
    for number, (artworks, seconds) in enumerate(answers):
        ledger.request(f"q{number}", seconds - 0.05, artworks=list(artworks))
    return ledger


MASS = judged(
    "mass_flush",
    {"within_s": 3},
    in_one_go=(lambda: waited(("ab", 6.0), ("c", 9.5)), PASS),
    in_two_batches=(lambda: waited(("a", 6.0), ("b", 6.5)), PASS),
    drop_by_drop=(lambda: waited(("a", 5.5), ("b", 9.5)), FAIL),
    one_was_never_answered=(lambda: waited(("a", 5.5)), FAIL),
    answered_meanwhile=(lambda: waited(("a", 4.0), ("b", 4.0)), UNKNOWN),
    a_later_answer_for_the_same_is_no_wait=(
        lambda: waited(("ab", 5.5), ("a", 9.5)),
        PASS,
    ),
    only_one_waited=(lambda: waited(("a", 4.0), ("b", 6.0)), UNKNOWN),
    no_fault=(lambda: lived().shown("a", 3.0), UNKNOWN),
    another_users_answer_is_not_ours=(
        lambda: waited(("a", 5.5)).request("x", 6.0, artworks=["b"], user="bob"),
        FAIL,
    ),
)

NO_RETRIES = judged(
    "no_retries",
    {},
    once=(lambda: lived().request("b", 1.0), PASS),
    nothing_sent=(lived, UNKNOWN),
    sent_again=(lambda: lived().request("b", 1.0).request("b", 2.0, attempt=2), FAIL),
    planned=(lambda: lived().request("b", 1.0).told("retry_scheduled", 2.0, says={}), FAIL),
    without_an_answer=(lambda: lived().request("b", 1.0, end="unknown"), FAIL),
    the_network_is_said_to_be_back=(
        lambda: lived().request("b", 1.0).told("retry_scheduled", 2, says={"reason": "online"}),
        PASS,
    ),
)


def gave_up(reason: str = "timeout", transport: str = "keepalive", **second: Any) -> HandWritten:
    ledger = lived().told("attempt", 1.0, batch="b", attempt=1, transport="fetch")
    ledger.told("unknown", 2.8, batch="b", attempt=1, says={"reason": reason})
    return ledger.request("b", 2.9, attempt=2, transport=transport, **second)


THEN = judged(
    "timed_out_then",
    {"transport": "keepalive"},
    as_meant=(gave_up, PASS),
    nothing_sent=(lived, UNKNOWN),
    never_a_timeout=(lambda: lived().request("b", 1.0), FAIL),
    another_reason=(lambda: gave_up("network"), FAIL),
    the_same_transport_again=(lambda: gave_up(transport="fetch"), FAIL),
    never_answered=(lambda: gave_up(end="unknown"), FAIL),
    another_batch_was_answered=(lambda: gave_up(end="unknown").request("c", 4.0), FAIL),
)


THEN_ANY = judged(
    "timed_out_then",
    {},
    over_the_same_transport=(lambda: gave_up(transport="fetch"), PASS),
    not_tried_again=(
        lambda: lived().request("b", 1.0, 1.8, end="unknown", says={"reason": "timeout"}),
        FAIL,
    ),
    another_reason=(lambda: gave_up("network"), FAIL),
)


def tried_again(*failures: tuple[float, float], then_s: float = 0.1, **more: Any) -> HandWritten:
    """Failures in a row (when, and how long until the next try), each with a plan but the last."""
    ledger, attempt = lived(), 1
    for at_s, wait_s in failures:
        ledger.request("b", at_s - 0.1, 0.1, attempt=attempt, end="unknown", **more)
        ledger.told("retry_scheduled", at_s, batch="b", says={"delayMs": wait_s * 1000})
        attempt += 1
    at_s, wait_s = failures[-1]
    return ledger.request("b", at_s + wait_s, then_s, attempt=attempt)


SOON = judged(
    "first_retry_soon",
    {"within_s": 5},
    within=(lambda: tried_again((2.0, 4.9)), PASS),
    late_by_a_timers_grain=(lambda: tried_again((2.0, 5.3)), PASS),
    late=(lambda: tried_again((2.0, 6.0)), FAIL),
    fell_back_at_once=(gave_up, PASS),
    only_the_first_in_a_row_is_judged=(lambda: tried_again((2.0, 4.0), (6.1, 9.0)), PASS),
    after_an_answer_it_is_a_first_again=(
        lambda: tried_again((2.0, 4.0)).request("c", 8.0, 0.1, end="unknown").request("d", 15.0),
        FAIL,
    ),
    the_server_asked_for_a_pause=(lambda: tried_again((2.0, 9.0), status=503), UNKNOWN),
    another_answer_is_a_failure=(lambda: tried_again((2.0, 9.0), status=500), FAIL),
    it_hid_meanwhile=(lambda: hidden(tried_again((2.0, 9.0)), 3.0), UNKNOWN),
    nothing_failed=(lambda: lived().request("b", 1.0), UNKNOWN),
    never_again=(lambda: lived().request("b", 1.0, end="unknown"), UNKNOWN),
    nobody_knows_when=(
        lambda: (
            tried_again((2.0, 4.0))
            .request("c", 8.0, 0.1, end="unknown")
            .request("c", 9.0, None, attempt=2, page_wall_ns=None)
        ),
        UNKNOWN,
    ),
)


def looked(count: int, took_s: float, slow: int = 0, slow_s: float = 9.0) -> HandWritten:
    ledger = lived()
    for number in range(count):
        seconds = 1.0 + number / 4
        ledger.shown(f"w{number}", seconds)
        late = seconds + (slow_s if number < slow else took_s)
        ledger.request(f"b{number}", late, 0.0, artworks=[f"w{number}"])
    return ledger


P95 = judged(
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
    ledger = broken(lived(), 1.0, ends)
    for number in range(page_soon + page_late):
        took_s = 0.5 if number < page_soon else 7.0
        ledger.request(f"b{number}", 2.0 + number, took_s)
    for number in range(plain_soon + plain_late):
        seconds = 2.0 + number
        value = 0.5 if number < plain_soon else math.nan
        detail = json.dumps({"sent_mono_ns": at(seconds).mono_ns})
        ledger.saw("network", seconds + 1, kind="reference", value=value, detail=detail)
    return ledger


def mute(ledger: HandWritten) -> HandWritten:
    for number in range(30):
        ledger.request(f"b{number}", 2.0 + number, None)
    return ledger


BESIDE = judged(
    "soon_as_reference",
    {"within_s": 5},
    as_good=(lambda: beside(30, 10, 30, 10), PASS),
    better=(lambda: beside(40, 0, 20, 20), PASS),
    a_little_worse=(lambda: beside(28, 12, 32, 8), PASS),
    much_worse=(lambda: beside(10, 30, 38, 2), FAIL),
    never_answered=(lambda: mute(beside(0, 0, 40, 0)), FAIL),
    too_few_batches=(lambda: beside(9, 0, 40, 0), UNKNOWN),
    too_few_beside=(lambda: beside(40, 0, 9, 0), UNKNOWN),
    nobody_beside=(lambda: beside(40, 0, 0, 0), UNKNOWN),
    what_began_at_the_end_does_not_count=(lambda: beside(30, 0, 30, 0, ends=12.0), UNKNOWN),
    no_fault=(lived, UNKNOWN),
)


NETWORK = [*CALIBRATED, *PEAK, *MASS, *NO_RETRIES, *THEN, *THEN_ANY, *SOON, *P95, *BESIDE]


@pytest.mark.parametrize(("check", "parameters", "make", "verdict"), NETWORK)
def test_what_a_bad_network_led_to(
    tmp_path: Path, check: str, parameters: dict[str, Any], make: Make, verdict: Verdict
) -> None:
    finding = find(check, make(), tmp_path, **parameters)
    assert (finding.check, finding.verdict) == (check, verdict), finding.summary


def test_a_healthy_run_was_calibrated_by_nobody(tmp_path: Path) -> None:
    assert find("calibrated", healthy(), tmp_path).verdict is UNKNOWN
