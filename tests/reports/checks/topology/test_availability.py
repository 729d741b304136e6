"""The error budget: what a fault spends, and what is left for a month."""

from __future__ import annotations

from pathlib import Path

from harness.core.outcome import Outcome
from harness.ledger.kinds.network import FaultEnd, FaultStart
from reports.checks.base import EXAMPLES_MAX
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, find, lived

REFUSED = Outcome.REFUSED


def sent(*bad_at: float, faults: int = 2, slow_at: tuple[float, ...] = ()) -> HandWritten:
    """Return a request a second for 40 s; some are refused, some take 3 s. A fault lasts from 10 to
    13 s, another from 20 to 23 s."""
    ledger = lived()
    for second in range(41):
        at_s = float(second)
        outcome = REFUSED if at_s in bad_at else Outcome.ACKNOWLEDGED
        ledger.sent(
            at_s,
            took_ms=3000.0 if at_s in slow_at else 10.0,
            outcome=outcome,
            status=503 if at_s in bad_at else 200,
            batch=f"b{second}",
        )
    for begin in (10.0, 20.0)[:faults]:
        ledger.saw(begin, FaultStart(fault=f"fault {begin:g}"))
        ledger.saw(begin + 3.0, FaultEnd(fault=f"fault {begin:g}"))
    return ledger


def repeated() -> HandWritten:
    """Return a batch that was refused, and acknowledged when it was sent again."""
    ledger = sent(11.0)
    return ledger.sent(15.0, took_ms=10.0, batch="b11", attempt=2)


# A request a second: a day at 99.99 % may have about 8.9 that are not good.
A_DAY = {"objective": 0.9999, "window_days": 1, "patience_s": 2, "least_faults": 2}

CASES = cases(
    "error_budget",
    A_DAY,
    nothing_spent=(sent, PASS, "0 of 41 requests were not good, 0 of them outside of the 2 faults"),
    a_part_of_it=(lambda: sent(10.0, 11.0, 21.0), PASS, "33.9 % of the budget is spent"),
    slow_is_not_good=(lambda: sent(10.0, slow_at=(20.0,)), PASS, "2 of 41 requests were not good"),
    more_than_there_is=(lambda: sent(*(float(at) for at in range(10, 20))), FAIL, "112.9 %"),
    again_is_no_excuse=(repeated, PASS, "1 of 41 requests were not good"),
    outside_of_faults_too=(
        lambda: sent(*(float(at) for at in range(27, 37))),
        FAIL,
        "10 of them outside",
    ),
    one_fault_of_two=(lambda: sent(10.0, faults=1), UNKNOWN, "outside of the 1 faults"),
    no_load=(lived, UNKNOWN, "no load was sent"),
)
CASES += cases(
    "error_budget",
    {**A_DAY, "window_days": 0.1},
    a_budget_below_one=(lambda: sent(10.0, 20.0), UNKNOWN, "may have 1"),
)


def test_of_many_faults_those_that_spent_most_are_shown(tmp_path: Path) -> None:
    ledger = sent(*(float(at) for at in range(30, 40)), faults=0)
    for number in range(EXAMPLES_MAX + 2):
        ledger.saw(1.0 + number, FaultStart(fault=f"fault {number}"))
        ledger.saw(1.5 + number, FaultEnd(fault=f"fault {number}"))
    ledger.saw(30.0, FaultStart(fault="the worst"))
    ledger.saw(35.0, FaultEnd(fault="the worst"))
    finding = find("error_budget", ledger, tmp_path, **A_DAY)
    assert finding.examples[0] == "the worst at 30 s: 8"
    assert "10 of 41 requests were not good, 2 of them outside of the 11 faults" in finding.summary


test_each_case = every_case_holds(CASES)
