"""How much the target sustains."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.outcome import Outcome
from harness.ledger.kinds.network import LoadStepEnd, LoadStepStart
from reports.checks.load.knee import Knee, knee_of
from reports.evidence.frame import read_ledger
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import searched, sending
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    find,
    lived,
)


def steps(*rates: float, slow_from: float = 1e9) -> HandWritten:
    """Steps of 20 s each; requests are slow in those at and above a rate."""
    ledger = lived()
    for number, rate in enumerate(rates):
        begin = number * 20.0
        ledger.saw(begin, LoadStepStart(rate_per_s=rate))
        ledger.saw(begin + 20, LoadStepEnd(rate_per_s=rate))
        for request in range(400):
            took_ms = 300.0 if rate >= slow_from else 5.0
            batch = f"b{number}.{request}"
            ledger.sent(begin + request / 20, took_ms=took_ms, batch=batch, artworks=[batch])
    return ledger


AT_LEAST = {"limit_ms": 100, "at_least": 400}


KNEE = cases(
    "sustains",
    AT_LEAST,
    as_much_as_asked=(lambda: steps(200, 400, 800, slow_from=800), PASS),
    more_than_was_tried=(lambda: steps(200, 400), PASS),
    too_little=(lambda: steps(200, 400, 800, slow_from=400), FAIL),
    not_even_the_lowest=(lambda: steps(200, 400, slow_from=100), FAIL),
    not_tried=(lambda: steps(100, 200), UNKNOWN),
    tried_above_alone=(
        lambda: steps(800, 1600, slow_from=800),
        UNKNOWN,
        "no step up to 400 was tried",
    ),
    no_search=(lambda: sending(lived()), UNKNOWN),
    nothing_sent=(
        lambda: lived().saw(1, LoadStepStart(rate_per_s=9)).saw(2, LoadStepEnd(rate_per_s=9)),
        UNKNOWN,
    ),
)


def late_generator() -> HandWritten:
    """What is slow at 400 impressions a second was sent late."""
    ledger = searched(at_200=10.0)
    ledger.saw(20.0, LoadStepStart(rate_per_s=400.0))
    ledger.saw(40.0, LoadStepEnd(rate_per_s=400.0))
    for request in range(200):
        batch = f"late.{request}"
        ledger.sent(20 + request / 10, took_ms=900, lag_ms=895, batch=batch, artworks=[batch])
    return ledger


FOUND = cases(
    "knee_found",
    {"limit_ms": 100},
    between_two_steps=(lambda: searched(at_200=10.0, at_400=1_000.0), PASS, "at 283 impr"),
    one_slow_step_is_the_machine_s=(
        lambda: searched(at_200=10.0, at_400=900.0, at_800=10.0, at_1600=1_000.0),
        PASS,
        "between 800 and 1,600",
    ),
    above_all_steps=(lambda: searched(at_200=10.0, at_400=99.0), UNKNOWN, "every step up to 400"),
    below_all_steps=(lambda: searched(at_200=100.0, at_400=900.0), UNKNOWN, "the lowest step"),
    the_generator_s=(late_generator, UNKNOWN, "the generator was late"),
    no_search=(lambda: sending(lived()), UNKNOWN, "no step of a search"),
)

CASES = [*KNEE, *FOUND]
NEVER_FAILS = {"knee_found": "it asks for no rate: a search that found none says nothing of one"}

test_each_case = every_case_holds(CASES)


def test_the_knee_is_one_sentence(tmp_path: Path) -> None:
    finding = find("sustains", steps(200, 400, 800, slow_from=800), tmp_path, **AT_LEAST)
    assert finding.summary == "sustains 400 impressions/s with p95 < 100 ms, 800 no more"
    assert finding.measured == 400


def test_the_knee_is_where_the_p95_reaches_the_limit_on_a_line_in_logarithms(
    tmp_path: Path,
) -> None:
    """From 10 ms at 200 to 1,000 ms at 400 it is halfway: 200 times the root of two."""
    ledger = read_ledger(searched(at_200=10.0, at_400=1_000.0).write(tmp_path))
    knee = knee_of(ledger, 100.0)
    assert isinstance(knee, Knee)
    assert (knee.below, knee.above) == (200.0, 400.0)
    assert knee.rate == pytest.approx(200 * 2**0.5)


def test_a_step_without_answers_is_as_slow_as_a_request_may_be(tmp_path: Path) -> None:
    """From 10 ms to 10 s a limit of 100 ms is a third of the way."""
    ledger = searched(at_200=10.0)
    ledger.saw(20.0, LoadStepStart(rate_per_s=400.0))
    ledger.saw(40.0, LoadStepEnd(rate_per_s=400.0))
    for request in range(200):
        ledger.sent(20 + request / 10, outcome=Outcome.UNKNOWN, batch=f"none.{request}")
    knee = knee_of(read_ledger(ledger.write(tmp_path)), 100.0)
    assert isinstance(knee, Knee)
    assert knee.rate == pytest.approx(200 * 2 ** (1 / 3))
