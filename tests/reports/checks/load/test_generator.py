"""Was the load offered by generators that were well? What a sick one spoils."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.core.outcome import Outcome
from harness.ledger.kinds.load import CAPPED, LoadRow
from harness.ledger.kinds.machine import GeneratorSample
from harness.ledger.kinds.network import WorkerClock, WorkerLag, WorkerLost
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    Make,
    altered,
    find,
    lived,
    without,
)

SECONDS = 20


RATE = 40


def with_report(
    ledger: HandWritten, seconds: float, *, worker: int = 0, cpu: float = 0.3, **more: Any
) -> HandWritten:
    """Let a generator report one second; counters grow evenly to the whole load."""
    health = {
        "loop_delay_ms_p99": 1.0,
        "loop_delay_ms_max": 2.0,
        "lag_ms_p99": 0.5,
        "lag_ms_max": 1.0,
        "in_flight": 3,
        "capped": 0,
        "connect_errors": 0,
        "sent": int(RATE * seconds),
        "scheduled": int(RATE * seconds),
    }
    process = {"process": f"generator-{worker}", "pid": 100 + worker, "rss_bytes": 2**26}
    return ledger.saw(
        seconds, GeneratorSample(cpu_s=cpu * seconds, **process, **{**health, **more})
    )


def load(
    ledger: HandWritten, *, late: int = 0, slow: int = 0, refused: int = 0, error: str = ""
) -> HandWritten:
    """Send a steady load, with percentages that are late, slow or refused by the cap."""
    for number in range(SECONDS * RATE):
        share = number % 100
        batch = {"batch": f"b{number}", "artworks": [f"a{number}"]}
        seconds = number / RATE
        if share < refused:
            ledger.sent(seconds, outcome=Outcome.UNKNOWN, error=CAPPED, took_ms=0.6, **batch)
        elif share < refused + slow:
            ledger.sent(seconds, took_ms=500.0, **batch)
        elif share < refused + slow + late:
            ledger.sent(seconds, took_ms=505.0, lag_ms=500.0, **batch)
        elif error and share == 99:
            ledger.sent(seconds, outcome=Outcome.UNKNOWN, error=error, **batch)
        else:
            ledger.sent(seconds, **batch)
    return ledger


def well(*, workers: int = 1, **how: Any) -> HandWritten:
    ledger = load(lived(), **how)
    for worker in range(workers):
        for second in range(SECONDS + 1):
            with_report(ledger, float(second), worker=worker)
    return ledger


def sick(seconds: int, **health: Any) -> HandWritten:
    """A generator that reports trouble in some of its 21 seconds."""
    ledger = load(lived())
    for second in range(SECONDS + 1):
        with_report(ledger, float(second), **(health if second < seconds else {}))
    return ledger


def busy(cores: float) -> HandWritten:
    ledger = load(lived())
    for second in range(SECONDS + 1):
        with_report(ledger, float(second), cpu=cores)
    return ledger


def clock_known(error_ms: float) -> Make:
    return lambda: well().saw(5.0, WorkerClock(error_ms=error_ms))


HEALTHY = cases(
    "generator_healthy",
    {},
    well=(well, PASS),
    nothing_sent=(lived, UNKNOWN),
    it_reported_nothing=(lambda: load(lived()), UNKNOWN),
    it_was_late=(lambda: well(late=2), UNKNOWN),
    its_loop_was_held_up=(lambda: sick(3, loop_delay_ms_p99=60.0), UNKNOWN),
    one_second_is_no_illness=(lambda: sick(1, loop_delay_ms_p99=60.0), PASS),
    it_had_no_cpu=(lambda: busy(0.97), UNKNOWN),
    it_had_enough_cpu=(lambda: busy(0.85), PASS),
    no_port_was_left=(
        lambda: well(error="[Errno 99] Cannot assign requested address"),
        UNKNOWN,
    ),
    the_target_refused=(lambda: well(error="[Errno 111] Connection refused"), PASS),
    capped_while_the_target_was_prompt=(lambda: well(refused=2), UNKNOWN),
    capped_by_a_slow_target=(lambda: well(refused=2, slow=98), PASS),
    a_clock_is_not_known=(clock_known(6.0), UNKNOWN),
    a_clock_is_known=(clock_known(-4.0), PASS),
)


WHOLE = cases(
    "workers_whole",
    {"workers": 3},
    all_of_them=(lambda: well(workers=3), PASS),
    none_reported=(lived, UNKNOWN),
    one_is_missing=(lambda: well(workers=2), UNKNOWN),
    one_too_many=(lambda: well(workers=4), UNKNOWN),
    one_was_lost=(
        lambda: well(workers=3).saw(5.0, WorkerLost(what="worker 2")),
        UNKNOWN,
    ),
    one_fell_behind=(
        lambda: well(workers=3).saw(5.0, WorkerLag(what="worker 2")),
        UNKNOWN,
    ),
    one_fell_silent=(lambda: silent_after(12.0), UNKNOWN),
)


def silent_after(seconds: float) -> HandWritten:
    ledger = well(workers=3)
    ledger.rows["machine"] = [
        (moment, row)
        for moment, row in ledger.rows["machine"]
        if row.process != "generator-1" or row.cpu_s < 0.3 * seconds
    ]
    return ledger


OFFERED = cases(
    "offered_rate",
    {"slots": SECONDS * RATE},
    all_of_it=(well, PASS),
    without_a_word_of_the_generator=(lambda: load(lived()), PASS),
    nothing=(lived, UNKNOWN),
    one_in_a_hundred_was_refused=(lambda: well(refused=1), UNKNOWN),
    more_than_planned=(lambda: well().sent(1.0, batch="more"), UNKNOWN),
    retries_are_not_more=(lambda: well().sent(1.0, batch="b1", attempt=2), PASS),
) + cases(
    "offered_rate",
    {},
    as_the_generators_say=(well, PASS),
    they_report_more_due=(lambda: with_report(well(), 21.0, scheduled=900), UNKNOWN),
    none_reports=(lambda: load(lived()), UNKNOWN),
)


def repeated(share: int) -> HandWritten:
    """A load of which a percentage of the ids had been seen before."""
    ledger = lived()
    for number in range(200):
        ledger.sent(number / 10, batch=f"b{number}", artworks=["a"])
    number = itertools.count()
    altered(ledger, LoadRow, lambda row: {"inserted": 0 if next(number) % 100 < share else 1})
    return ledger


NEW = cases(
    "new_row_share",
    {"minimum": 0.9},
    all_new=(lambda: repeated(0), PASS),
    nearly_all=(lambda: repeated(10), PASS),
    the_cheap_path=(lambda: repeated(11), UNKNOWN),
    nothing_sent=(lived, UNKNOWN),
    nothing_acknowledged=(lambda: lived().sent(1.0, outcome=Outcome.UNKNOWN), UNKNOWN),
)


def skipped(*sent: str, capped_: str = "") -> HandWritten:
    """A generator shows a and b as a user of its own, and sends some of them."""
    ledger = lived()
    for artwork in ("a", "b"):
        ledger.shown(artwork, 1.0, user="ann", tab="ann")
    if capped_:
        refused = {"error": CAPPED, "outcome": Outcome.UNKNOWN, "batch": "c"}
        ledger.sent(1.0, artworks=[capped_], **refused)
    return ledger.sent(1.1, artworks=sent) if sent else ledger


def counting(sent: int) -> HandWritten:
    """It writes two batches down, and counts this number of them."""
    ledger = skipped("a")
    ledger.sent(1.2, artworks=["b"], batch="b2")
    return with_report(ledger, 5.0, sent=sent)


SENT = cases(
    "load_sent",
    {},
    all_of_it=(lambda: skipped("a", "b"), PASS, "all 2 views"),
    one_slot_left_out=(lambda: skipped("a"), UNKNOWN, "never sent 1 of 2 views that it showed"),
    nothing=(skipped, UNKNOWN, "never sent 2 of 2"),
    refused_by_the_cap=(lambda: skipped("a", capped_="b"), UNKNOWN, "cap refused 1 requests"),
    no_load=(lambda: lived().shown("a", 1.0), UNKNOWN, "no load was shown"),
    as_counted=(lambda: counting(2), PASS),
    more_counted_than_written=(lambda: counting(3), UNKNOWN, "count 3 batches as sent, and wrote"),
    fewer_counted_than_written=(lambda: counting(1), UNKNOWN, "wrote down 2"),
    a_receipt_that_no_generator_knows=(
        lambda: skipped("a", "b").receipt(["a"], 3.0, batch="other"),
        UNKNOWN,
        "1 requests of the load have a receipt",
    ),
)


CASES = [*SENT, *HEALTHY, *WHOLE, *OFFERED, *NEW]

NEVER_FAILS = {
    "load_sent": "what a generator does not send is no loss of the target's",
    "generator_healthy": "a sick generator says nothing about the target",
    "workers_whole": "a lost generator says nothing about the target",
    "offered_rate": "another load than planned says nothing about the target",
    "new_row_share": "the cheap path says nothing about the dear one",
}

test_each_case = every_case_holds(CASES)


SICK: list[tuple[Callable[[], HandWritten], str]] = [
    (lambda: slow_and(sick(SECONDS, loop_delay_ms_p99=260.0)), "its loop was held up"),
    (lambda: slow_and(busy(0.97)), "more than 90 % of a core"),
    (lambda: well(late=20), "late itself: lag p99"),
    (lambda: well(slow=20, error="[Errno 24] Too many open files"), "no room"),
    (lambda: well(refused=20), "target that was prompt"),
    (lambda: slow_and(clock_known(6.0)()), "clock is known to 6.0 ms"),
]


def slow_and(ledger: HandWritten) -> HandWritten:
    altered(ledger, LoadRow, lambda row: {"done_ns": row.done_ns + 500_000_000})
    return ledger


@pytest.mark.parametrize(("make", "words"), SICK)
def test_a_sick_generator_spoils_a_limit_that_was_missed(
    tmp_path: Path, make: Callable[[], HandWritten], words: str
) -> None:
    """What it measured is not the target's failure, and the finding says whose it may be."""
    finding = find("latency_p95", make(), tmp_path, limit_ms=100)
    assert finding.verdict is UNKNOWN
    assert words in finding.summary


def test_a_slow_target_is_still_a_failure(tmp_path: Path) -> None:
    assert find("latency_p95", well(slow=20), tmp_path / "slow", limit_ms=100).verdict is FAIL
    hanging = well(refused=2, slow=98)
    assert find("latency_p95", hanging, tmp_path / "hanging", limit_ms=100).verdict is FAIL


def test_what_the_cap_refused_took_forever(tmp_path: Path) -> None:
    finding = find("latency_p95", well(refused=20, slow=80), tmp_path, limit_ms=1000)
    assert finding.verdict is FAIL
    assert finding.measured == float("inf")


def test_a_worker_that_is_missed_is_named(tmp_path: Path) -> None:
    ledger = without(well(workers=3), GeneratorSample, process="generator-2")
    finding = find("workers_whole", ledger, tmp_path, workers=3)
    assert "2 of 3 generators reported" in finding.summary
