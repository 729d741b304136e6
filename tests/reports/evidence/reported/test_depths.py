"""How many ids a page says wait, beside its own events."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.client import (
    Acknowledged,
    Attempt,
    BatchRefused,
    BeaconQueued,
    Held,
    QueueState,
    Recorded,
    RecorderEvent,
)
from reports.evidence.frame import read_ledger
from reports.evidence.reported.depths import misstated_depths
from tests.reports.evidence.reported.whole_story import whole_story
from tests.reports.ledgers import HandWritten, altered


def found(ledger: HandWritten, directory: Path) -> list[str]:
    return [one.words for one in misstated_depths(read_ledger(ledger.write(directory)))]


def changed(kind: type[LedgerRow], change: Callable[[Any], dict[str, Any]]) -> HandWritten:
    ledger = whole_story()
    altered(ledger, kind, change)
    return ledger


def deeper(row: Any) -> dict[str, Any]:
    return {"queue_depth": row.queue_depth + 3}


WRONG = {
    "three more at every event": (
        lambda: changed(RecorderEvent, deeper),
        "says 11 times that more",
    ),
    "three more when recorded": (lambda: changed(Recorded, deeper), "says 3 times that more"),
    "more under way": (
        lambda: changed(Attempt, lambda row: {"in_flight": row.in_flight + 3}),
        "says 3 times that more",
    ),
    "nothing waits": (
        lambda: changed(Recorded, lambda row: {"queue_depth": 0}),
        "says 3 times that ids are gone which it sends later",
    ),
    "counts what it does not list": (
        lambda: changed(QueueState, lambda row: {"queue_depth": 3}),
        "1 of 1 times a page counts other ids than it lists",
    ),
    "lists what it does not count": (
        lambda: changed(QueueState, lambda row: {"artworks": ("a",)}),
        "1 of 1 times a page counts other ids than it lists",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_depth_is_found(name: str, tmp_path: Path) -> None:
    make, words = WRONG[name]
    assert any(words in one for one in found(make(), tmp_path))


def test_what_the_events_make_of_it_is_in_order(tmp_path: Path) -> None:
    assert found(whole_story(), tmp_path) == []


def test_what_a_page_forgot_is_no_wrong_report(tmp_path: Path) -> None:
    """It never sends it: that is a loss of the recorder's, and others see it."""
    ledger = whole_story()
    ledger.reported(Recorded, 2.1, number=12, queue_depth=1, in_flight=0, batch="t-3", artworks="d")
    ledger.reported(Recorded, 2.2, number=13, queue_depth=1, in_flight=0, batch="t-4", artworks="e")
    assert found(ledger, tmp_path) == []


def test_a_success_after_which_ids_still_wait_was_none(tmp_path: Path) -> None:
    """A recorder that calls something an answer before there is one tells both."""
    ledger = whole_story()
    request = {"batch": "t-1", "attempt": 1, "transport": "fetch", "artworks": ("a", "b")}
    ledger.reported(Acknowledged, 1.31, queue_depth=0, in_flight=2, status=200, **request)
    ledger.rows["client"].sort(key=lambda pair: pair[0])
    assert found(ledger, tmp_path) == []


def test_a_refusal_after_which_ids_still_wait_was_one(tmp_path: Path) -> None:
    """A recorder that keeps what was refused for good says so by its depths, and sends it again."""
    ledger = whole_story()
    request = {"batch": "t-3", "transport": "fetch", "artworks": ("d",)}
    ledger.reported(Recorded, 2.1, queue_depth=1, in_flight=0, batch="t-3", artworks=("d",))
    for at_s, number in ((2.2, 1), (2.6, 2)):
        ledger.reported(Attempt, at_s, queue_depth=0, in_flight=1, attempt=number, **request)
        waits = {"queue_depth": int(number == 1), "in_flight": 0}
        ledger.reported(BatchRefused, at_s + 0.1, status=400, attempt=number, **request, **waits)
    assert found(ledger, tmp_path) == []


@pytest.mark.parametrize("kept", [True, False])
def test_after_a_beacon_a_recorder_may_be_done(kept: bool, tmp_path: Path) -> None:
    ledger = whole_story()
    request = {"batch": "t-3", "attempt": 1, "transport": "beacon", "artworks": ("d",)}
    depth = {"queue_depth": 1, "in_flight": 0}
    ledger.reported(Recorded, 2.1, batch="t-3", artworks=("d",), **depth)
    ledger.reported(Attempt, 2.2, **request, **depth)
    ledger.reported(BeaconQueued, 2.2, **request, **{**depth, "queue_depth": int(kept)})
    assert found(ledger, tmp_path) == []


def test_from_a_held_batch_on_nothing_is_known(tmp_path: Path) -> None:
    ledger = whole_story()
    ledger.reported(Held, 0.9, artworks=("z",))
    ledger.rows["client"].sort(key=lambda pair: pair[0])
    altered(ledger, Recorded, deeper)
    assert found(ledger, tmp_path) == []
