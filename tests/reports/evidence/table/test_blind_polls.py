"""Polls that did not see what was there."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from msgspec import structs

from harness.ledger.kinds.database import Appeared, Final, FinalRow, Poll
from harness.ledger.rundir import ClockRecord
from reports.evidence.frame import read_ledger
from reports.evidence.table.blind_polls import POLLS_LEAST, blind_polls
from tests.reports.evidence.exchange.whole_run import BROWSER, due
from tests.reports.ledgers import HandWritten, lived, without

PAUSE_S = 0.25
FINAL_S = 6.0


def polled(*, polls: int = POLLS_LEAST, seen_s: float = FINAL_S + 0.01) -> HandWritten:
    """A row is committed 10 ms before the first of ``polls`` polls that end before the final read,
    and is seen ``seen_s`` after the run's start. One more has begun, and another was too early."""
    ledger = lived().shown("a", 1.0)
    begin_s = FINAL_S - PAUSE_S * (polls + 1)
    ledger.receipt(["a"], begin_s - 0.01)
    for number in range(-1, polls + 1):
        at_s = begin_s + PAUSE_S * number
        ledger.saw(at_s, Poll(rows=int(at_s > seen_s), number=number + 2))
    ledger.saw(seen_s, Appeared(user="ann", artwork="a", copies=1))
    return ledger.final(FINAL_S, a=1)


def found(ledger: HandWritten, directory: Path) -> list[tuple[str, str]]:
    return [tuple(one) for one in blind_polls(read_ledger(ledger.write(directory)))]


def test_polls_that_see_nothing_are_named(tmp_path: Path) -> None:
    words = (
        "1 rows were seen by the final read alone, although up to 8 polls had begun since they "
        "were committed"
    )
    assert found(polled(), tmp_path) == [("database", words)]


def test_more_polls_are_counted(tmp_path: Path) -> None:
    [(_, words)] = found(polled(polls=20), tmp_path)
    assert "up to 20 polls" in words


def seen_before_and_again() -> HandWritten:
    """It vanished meanwhile: polls saw it once."""
    return polled().saw(FINAL_S - 1, Appeared(user="ann", artwork="a", copies=1))


def without_receipt() -> HandWritten:
    ledger = polled()
    ledger.receipts = [one for one in ledger.receipts if one["kind"] != "batch"]
    return ledger


def without_a_final_read() -> HandWritten:
    return without(without(polled(), Final), FinalRow)


@pytest.mark.parametrize(
    "ledger",
    [
        polled(polls=POLLS_LEAST - 1),
        polled(seen_s=FINAL_S - 0.1),
        seen_before_and_again(),
        without_receipt(),
        without_a_final_read(),
        lived(),
    ],
    ids=["few polls", "seen", "seen before", "no receipt", "no final read", "nothing"],
)
def test_where_nothing_is_known_of_it_nothing_is_due(ledger: HandWritten, tmp_path: Path) -> None:
    assert found(ledger, tmp_path) == []


def test_clocks_of_two_machines_are_not_compared(tmp_path: Path) -> None:
    ledger = read_ledger(polled().write(tmp_path))
    elsewhere = structs.replace(ledger.run, clock=ClockRecord(same_host=False))
    assert len(list(blind_polls(ledger))) == 1
    assert list(blind_polls(dataclasses.replace(ledger, run=elsewhere))) == []


def test_it_is_among_what_a_run_misses(tmp_path: Path) -> None:
    ledger = polled().saw(0.1, BROWSER)
    assert any("seen by the final read alone" in one for one in due(ledger, tmp_path))
