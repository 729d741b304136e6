"""A fault that was live from start to end."""

from __future__ import annotations

from pathlib import Path

from harness.core.outcome import Outcome
from harness.ledger.kinds.client import Unanswered
from harness.ledger.kinds.network import FaultEnd, FaultStart, SentinelBitten, SentinelUnharmed
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import (
    PASS,
    UNKNOWN,
    HandWritten,
    find,
    healthy,
    without,
)


def with_fault(*, felt: bool = True, bitten: bool = True, lasting_s: float = 5.0) -> HandWritten:
    ledger = healthy().saw(2.0, FaultStart(fault="cut"))
    sentinel = SentinelBitten if bitten else SentinelUnharmed
    ledger.saw(2.01, SentinelBitten(fault="cut", seen="after injection"))
    ledger.saw(2.0 + lasting_s - 0.01, sentinel(fault="cut", seen="before healing"))
    ledger.saw(2.0 + lasting_s, FaultEnd(fault="cut"))
    if felt:
        ledger.saw(3.0, Unanswered(user="ann", tab="tab-1", artworks=["a"]))
    return ledger


CASES = [
    *cases(
        "fault_was_live",
        {"lasting_s": 5},
        live=(with_fault, PASS),
        no_fault=(healthy, UNKNOWN),
        no_client_felt_it=(lambda: with_fault(felt=False), UNKNOWN),
        healed_too_early=(lambda: with_fault(bitten=False), UNKNOWN),
        too_short=(lambda: with_fault(lasting_s=4.9), UNKNOWN),
    ),
    *cases(
        "fault_was_live",
        {"lasting_s": 5, "felt_least": 0},
        no_client_has_to_feel_it=(lambda: with_fault(felt=False), PASS),
        healed_too_early=(lambda: with_fault(felt=False, bitten=False), UNKNOWN),
    ),
]

NEVER_FAILS = {"fault_was_live": "a fault that did not bite says nothing about the target"}


test_each_case = every_case_holds(CASES)


def test_a_fault_that_only_the_load_felt_was_live(tmp_path: Path) -> None:
    ledger = with_fault(felt=False).sent(3.0, outcome=Outcome.UNKNOWN)
    assert find("fault_was_live", ledger, tmp_path / "during", lasting_s=5).verdict is PASS
    ledger = with_fault(felt=False).sent(8.0, outcome=Outcome.UNKNOWN)
    assert find("fault_was_live", ledger, tmp_path / "after", lasting_s=5).verdict is UNKNOWN


def test_one_sentinel_is_not_enough(tmp_path: Path) -> None:
    ledger = without(with_fault(), SentinelBitten, seen="before healing")
    assert find("fault_was_live", ledger, tmp_path, lasting_s=5).verdict is UNKNOWN
