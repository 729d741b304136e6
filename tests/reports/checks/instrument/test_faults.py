"""A fault that was live from start to end."""

from __future__ import annotations

from pathlib import Path

from harness.core.outcome import Outcome
from harness.ledger.kinds.client import BeaconRefused, Unanswered
from harness.ledger.kinds.network import (
    FaultEnd,
    FaultStart,
    RequestActedOn,
    SentinelBitten,
    SentinelUnharmed,
)
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import (
    PASS,
    UNKNOWN,
    HandWritten,
    find,
    healthy,
    lived,
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


def answered_there(*receipts: str, answered: int | None = 503) -> HandWritten:
    """A fault answered a request by fetch; the server has receipts over these transports."""
    row = {"method": "POST", "path": "/", "batch": "b", "attempt": 1, "transport": "fetch"}
    ledger = lived().saw(1.0, RequestActedOn(**row, fault="f", did="", answered=answered))
    for transport in receipts:
        ledger.receipt(["a"], 1.1, transport=transport)
    return ledger


def of_an_unknown_transport() -> HandWritten:
    """A fault answered a request that names no transport, and so does the server's receipt."""
    row = {"method": "POST", "path": "/", "batch": "b", "attempt": 1, "transport": None}
    ledger = lived().saw(1.0, RequestActedOn(**row, fault="f", did="", answered=503))
    return ledger.receipt(["a"], 1.1, transport=None)


def two_attempts() -> HandWritten:
    """A fault answered attempts 2 and 10, and both got through."""
    ledger = lived()
    for attempt in (2, 10):
        row = {"method": "POST", "path": "/", "batch": "b", "attempt": attempt}
        acted = RequestActedOn(**row, transport="fetch", fault="f", did="", answered=503)
        ledger.saw(1.0, acted).receipt(["a"], 1.1, attempt=attempt)
    return ledger


def handed_out_twice_by_one() -> HandWritten:
    """One tab reports an attempt twice: it is one request, which a fault answered and let pass."""
    return answered_there("fetch").request("b", 0.8, None).request("b", 0.9, None)


def handed_out_by_two(*receipts: str, times: int = 1) -> HandWritten:
    """Two tabs hand out the same attempt; a fault answers it that often."""
    ledger = answered_there(*receipts)
    for number in range(2):
        ledger.request("b", 0.9, None, tab=f"tab-{number}")
    row = {"method": "POST", "path": "/", "batch": "b", "attempt": 1, "transport": "fetch"}
    for _ in range(times - 1):
        ledger.saw(1.05, RequestActedOn(**row, fault="f", did="", answered=503))
    return ledger


CASES = [
    *cases(
        "answered_not_forwarded",
        {},
        kept=(answered_there, PASS, "none of 1 requests"),
        forwarded_all_the_same=(lambda: answered_there("fetch"), UNKNOWN, "1 of 1 requests"),
        sent_by_an_heir_with_the_same_number=(lambda: answered_there("beacon"), PASS),
        repeated_by_the_browser=(lambda: answered_there("fetch", answered=408), UNKNOWN),
        a_fault_that_forwards=(lambda: answered_there("fetch", answered=None), UNKNOWN),
        handed_out_by_two_tabs=(lambda: handed_out_by_two("fetch"), PASS, "none of 1 requests"),
        handed_out_twice_by_one_tab=(handed_out_twice_by_one, UNKNOWN, "1 of 1 requests"),
        of_an_unknown_transport=(of_an_unknown_transport, UNKNOWN, "1 of 1 requests"),
        of_two_attempts=(two_attempts, UNKNOWN, "2 of 2 requests"),
        both_of_two_tabs_got_through=(
            lambda: handed_out_by_two("fetch", "fetch"),
            UNKNOWN,
            "1 of 1 requests",
        ),
        one_of_two_that_were_answered_got_through=(
            lambda: handed_out_by_two("fetch", times=2),
            UNKNOWN,
            "1 of 2 requests",
        ),
        both_of_two_tabs_were_answered=(lambda: handed_out_by_two(times=2), PASS),
        no_fault=(healthy, UNKNOWN, "no fault answered"),
    ),
    *cases(
        "fault_was_live",
        {"lasting_s": 5},
        live=(with_fault, PASS),
        no_fault=(healthy, UNKNOWN),
        only_a_refused_beacon=(
            lambda: with_fault(felt=False).reported(BeaconRefused, 3.0),
            PASS,
            "felt by 1 attempts",
        ),
        no_client_felt_it=(lambda: with_fault(felt=False), UNKNOWN),
        healed_too_early=(lambda: with_fault(bitten=False), UNKNOWN),
        too_short=(lambda: with_fault(lasting_s=4.9), UNKNOWN),
    ),
    *cases(
        "fault_was_live",
        {"lasting_s": 5, "felt_least": 0},
        no_client_has_to_feel_it=(lambda: with_fault(felt=False), PASS),
        healed_though_no_client_feels_it=(lambda: with_fault(felt=False, bitten=False), UNKNOWN),
    ),
    *cases(
        "fault_was_live",
        {"lasting_s": 5, "felt_least": 0, "sent_least": 1},
        sent_meanwhile=(lambda: with_fault(felt=False).sent(3.0), PASS),
        sent_before=(lambda: with_fault(felt=False).sent(1.5), UNKNOWN, "0 requests were sent"),
    ),
]

NEVER_FAILS = {
    "answered_not_forwarded": "a fault that was not applied says nothing about the target",
    "fault_was_live": "a fault that did not bite says nothing about the target",
}


test_each_case = every_case_holds(CASES)


def test_a_fault_that_only_the_load_felt_was_live(tmp_path: Path) -> None:
    ledger = with_fault(felt=False).sent(3.0, outcome=Outcome.UNKNOWN)
    assert find("fault_was_live", ledger, tmp_path / "during", lasting_s=5).verdict is PASS
    ledger = with_fault(felt=False).sent(8.0, outcome=Outcome.UNKNOWN)
    assert find("fault_was_live", ledger, tmp_path / "after", lasting_s=5).verdict is UNKNOWN


def test_one_sentinel_is_not_enough(tmp_path: Path) -> None:
    ledger = without(with_fault(), SentinelBitten, seen="before healing")
    finding = find("fault_was_live", ledger, tmp_path, lasting_s=5)
    assert finding.verdict is UNKNOWN
    assert finding.summary == "no sentinel tried both ends of the fault"
