"""How much the target sustains."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.network import LoadStepEnd, LoadStepStart
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import (
    sending,
)
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
    no_search=(lambda: sending(lived()), UNKNOWN),
    nothing_sent=(
        lambda: lived().saw(1, LoadStepStart(rate_per_s=9)).saw(2, LoadStepEnd(rate_per_s=9)),
        UNKNOWN,
    ),
)


CASES = [*KNEE]

test_each_case = every_case_holds(CASES)


def test_the_knee_is_one_sentence(tmp_path: Path) -> None:
    finding = find("sustains", steps(200, 400, 800, slow_from=800), tmp_path, **AT_LEAST)
    assert finding.summary == "sustains 400 impressions/s with p95 < 100 ms, 800 no more"
    assert finding.measured == 400
