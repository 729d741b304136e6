"""What pages reported: the depth of their queues, and which attempts were answered."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.client import BatchRefused, Recorded
from reports.evidence.frame import LedgerFrames, read_ledger
from reports.evidence.pages import attempt_times, queue_depths
from tests.reports.ledgers import HandWritten, lived


def frames(ledger: HandWritten, directory: Path) -> LedgerFrames:
    return read_ledger(ledger.write(directory))


def test_the_queues_of_all_pages_add_up(tmp_path: Path) -> None:
    ledger = lived().reported(Recorded, 1.0, queue_depth=3)
    ledger.reported(Recorded, 3.0, queue_depth=1).reported(
        Recorded, 2.0, queue_depth=5, tab="tab-2"
    )
    ledger.reported(Recorded, 2.5)
    assert queue_depths(frames(ledger, tmp_path)) == [(1.0, 3), (2.0, 8), (3.0, 6)]


def test_pages_that_report_no_queue_have_none(tmp_path: Path) -> None:
    assert queue_depths(frames(lived().reported(Recorded, 1.0), tmp_path)) == []


def test_an_attempt_is_answered_when_its_page_read_a_success(tmp_path: Path) -> None:
    ledger = lived().request("good", 1.0).request("lost", 2.0, None)
    ledger.request("bad", 3.0, end=BatchRefused, status=400)
    ledger.request("bad", 4.0, attempt=2).request("bad", 5.0, None, attempt=2, tab="tab-2")
    assert attempt_times(frames(ledger, tmp_path)) == ([1.0, 4.0], [2.0, 3.0, 5.0])


def test_requests_of_the_load_are_no_attempts_of_pages(tmp_path: Path) -> None:
    assert attempt_times(frames(lived().sent(1.0), tmp_path)) == ([], [])
