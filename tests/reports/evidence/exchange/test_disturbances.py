"""When connections may have broken."""

from __future__ import annotations

import math
from pathlib import Path

from harness.ledger.kinds.client import TabKilled
from harness.ledger.kinds.network import (
    FaultEnd,
    FaultInjecting,
    FaultStart,
    SentinelArmed,
    ServerKilled,
)
from reports.evidence.exchange.disturbances import disturbances, is_disturbed
from tests.reports.ledgers import HandWritten, at, evidence_of, lived


def spans(ledger: HandWritten, directory: Path) -> list[tuple[float, float]]:
    return sorted(disturbances(evidence_of(ledger, directory).ledger))


def test_a_fault_disturbs_from_its_injection_until_it_is_healed(tmp_path: Path) -> None:
    ledger = lived().saw(1.0, FaultInjecting(fault="cut")).saw(1.5, FaultStart(fault="cut"))
    ledger.saw(3.0, FaultEnd(fault="cut")).saw(4.0, FaultStart(fault="never healed"))
    assert spans(ledger, tmp_path) == [
        (at(1.0).mono_ns, at(3.0).mono_ns),
        (at(4.0).mono_ns, math.inf),
    ]


def test_a_fault_that_acts_on_single_requests_disturbs_no_other(tmp_path: Path) -> None:
    ledger = (
        lived().saw(1.0, FaultStart(fault="lost")).saw(1.1, SentinelArmed(fault="lost", why=""))
    )
    assert spans(ledger.saw(3.0, FaultEnd(fault="lost")), tmp_path) == []


def test_a_kill_is_a_moment(tmp_path: Path) -> None:
    ledger = lived().saw(1.0, ServerKilled(fault="server")).saw(2.0, TabKilled(user="a", tab="t"))
    first, second = spans(ledger, tmp_path)
    assert (first, second) == ((at(1).mono_ns,) * 2, (at(2).mono_ns,) * 2)
    assert is_disturbed([first], first[0] - 1, first[0] + 1)
    assert not is_disturbed([first], first[0] + 1, second[0])
