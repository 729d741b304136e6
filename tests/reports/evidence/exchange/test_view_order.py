"""The viewer's times against those of pages and load generators."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.ledger.kinds.client import Persisted, Recorded
from harness.ledger.kinds.network import BrowserUsed, WorkerClock
from reports.evidence.exchange.view_order import ViewOrder, view_order
from reports.evidence.frame import read_ledger
from tests.reports.ledgers import USER, HandWritten, healthy, lived

IN_ORDER = ViewOrder(compared=1, early=0, worst_ns=0, unrecorded=0, soonest_ns=0)


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
        assert found == IN_ORDER


@pytest.mark.parametrize("make", [recorded, sent])
def test_what_comes_before_it_is_early(tmp_path: Path, make: type) -> None:
    found = order(make(0.69), tmp_path)  # type: ignore[call-arg]
    assert found == replace(IN_ORDER, early=1, worst_ns=300_000_000)


def test_the_first_of_each_view_counts(tmp_path: Path) -> None:
    again = recorded(1.0).shown("a", 2.0).reported(Recorded, 2.1, artworks=("a",))
    assert order(again, tmp_path) == IN_ORDER


def test_generators_elsewhere_are_allowed_the_error_of_their_clock(tmp_path: Path) -> None:
    ledger = sent(0.69).saw(0.1, WorkerClock(error_ms=200, same_clock=False))
    assert order(ledger, tmp_path).early == 0


def test_a_device_reports_when_it_can(tmp_path: Path) -> None:
    used = BrowserUsed(name="d", product="p", version="1", platform="x", kind="device")
    assert order(recorded(0.2).saw(0.1, used), tmp_path).compared == 0


def seen_late(at_s: float, *, kind: str = "stock", journals: bool = True) -> HandWritten:
    """A view is on the screen at 1.0 s, and its page, whose clock is right, records it then."""
    used = BrowserUsed(name="b", product="p", version="1", platform="x", kind=kind)
    ledger = lived().saw(0.1, used).shown("a", 1.0)
    if journals:
        ledger.reported(Persisted, at_s, artworks=("a",))
    return ledger.reported(Recorded, at_s, artworks=("a",))


@pytest.mark.parametrize(
    ("at_s", "unrecorded", "soonest_ns"),
    [(0.995, 0, 0), (1.004, 0, 0), (1.006, 1, 6_000_000), (1.3, 1, 300_000_000)],
)
def test_what_is_seen_before_it_was_recorded_is_counted(
    tmp_path: Path, at_s: float, unrecorded: int, soonest_ns: int
) -> None:
    """The viewer's clock is behind by that much at least."""
    found = order(seen_late(at_s), tmp_path)
    assert found == replace(IN_ORDER, unrecorded=unrecorded, soonest_ns=soonest_ns)


def test_a_page_that_does_not_journal_may_record_later(tmp_path: Path) -> None:
    assert order(seen_late(1.3, journals=False), tmp_path) == IN_ORDER


def test_a_browser_elsewhere_has_a_clock_of_its_own(tmp_path: Path) -> None:
    assert order(seen_late(1.3, kind="remote"), tmp_path) == IN_ORDER
