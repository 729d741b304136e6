"""How much the target sustains."""

from __future__ import annotations

import json
from pathlib import Path

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


def steps(*rates: float, slow_from: float = 1e9, kind: str = "load_step") -> HandWritten:
    """Steps of 20 s each; requests are slow in those at and above a rate."""
    ledger = lived()
    for number, rate in enumerate(rates):
        begin = number * 20.0
        if kind == "load_step":
            detail = json.dumps({"seconds": 20})
            ledger.saw("network", begin, kind=kind, value=rate, detail=detail)
        else:
            ledger.saw("network", begin, kind="load_step_start", value=rate)
            ledger.saw("network", begin + 20, kind="load_step_end", value=rate)
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
    nothing_sent=(lambda: lived().saw("network", 1, kind="load_step", value=9, detail="{}"),
                  UNKNOWN),
    told_by_start_and_end=(lambda: steps(200, 400, kind="start"), PASS),
)  # fmt: skip


CASES = [*KNEE]

test_each_case = every_case_holds(CASES)


def test_the_knee_is_said_in_one_sentence(tmp_path: Path) -> None:
    finding = find("sustains", steps(200, 400, 800, slow_from=800), tmp_path, **AT_LEAST)
    assert finding.summary == "sustains 400 impressions/s with p95 < 100 ms, 800 no more"
    assert finding.measured == 400
