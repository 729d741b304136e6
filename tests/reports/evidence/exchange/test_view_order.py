"""The viewer's times against those of pages and load generators."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.ledger.kinds.client import Recorded
from harness.ledger.kinds.network import BrowserUsed, WorkerClock
from reports.evidence.exchange.view_order import ViewOrder, view_order
from reports.evidence.frame import read_ledger
from tests.reports.ledgers import USER, HandWritten, healthy, lived


def order(ledger: HandWritten, directory: Path) -> ViewOrder:
    return view_order(read_ledger(ledger.write(directory)))


def recorded(at_s: float) -> HandWritten:
    """A view is meant to be shown at 0.99 s, and its page reports it at this moment."""
    return healthy().reported(Recorded, at_s, artworks=("a",))


def sent(at_s: float) -> HandWritten:
    """A generated view is meant to be shown at 0.99 s, and sent at this moment."""
    return lived().shown("a", 1.0, tab=USER).sent(at_s, lag_ms=0)


@pytest.mark.parametrize("make", [recorded, sent])
def test_what_comes_after_its_intent_is_in_order(tmp_path: Path, make: type) -> None:
    for number, at_s in enumerate((0.9895, 0.99, 1.0, 5.0)):
        found = order(make(at_s), tmp_path / str(number))  # type: ignore[call-arg]
        assert found == ViewOrder(compared=1, early=0, worst_ns=0)


@pytest.mark.parametrize("make", [recorded, sent])
def test_what_comes_before_it_is_early(tmp_path: Path, make: type) -> None:
    found = order(make(0.69), tmp_path)  # type: ignore[call-arg]
    assert found == ViewOrder(compared=1, early=1, worst_ns=300_000_000)


def test_the_first_of_each_view_counts(tmp_path: Path) -> None:
    again = recorded(1.0).shown("a", 2.0).reported(Recorded, 2.1, artworks=("a",))
    assert order(again, tmp_path) == ViewOrder(compared=1, early=0, worst_ns=0)


def test_generators_elsewhere_are_allowed_the_error_of_their_clock(tmp_path: Path) -> None:
    ledger = sent(0.69).saw(0.1, WorkerClock(error_ms=200, same_clock=False))
    assert order(ledger, tmp_path).early == 0


def test_a_device_reports_when_it_can(tmp_path: Path) -> None:
    used = BrowserUsed(name="d", product="p", version="1", platform="x", kind="device")
    assert order(recorded(0.2).saw(0.1, used), tmp_path).compared == 0
