"""Polls that are missing, and polls that count other rows than had appeared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.ledger.kinds.database import Appeared, Final, Poll, Vanished
from reports.evidence.frame import read_ledger
from reports.evidence.table.polls import misread_polls
from tests.reports.ledgers import HandWritten, altered, lived, without

PAUSE_S = 0.25


def polled() -> HandWritten:
    """Eight polls: an impression appears in the second, another in the third, and one vanishes."""
    ledger = lived()
    rows = [0, 1, 2, 2, 1, 1, 1, 1]
    for place, count in enumerate(rows):
        at_s = 1 + PAUSE_S * place
        if place in (1, 2):
            artwork = "ab"[place - 1]
            ledger.saw(at_s + 0.01, Appeared(user="ann", artwork=artwork, copies=1))
        if place == 4:
            ledger.saw(at_s, Vanished(user="ann", artwork="b"))
        ledger.saw(at_s, Poll(rows=count, number=place + 1))
    return ledger.saw(3.1, Final(rows=1, polls=8))


def found(ledger: HandWritten, directory: Path) -> str:
    return "; ".join(one.words for one in misread_polls(read_ledger(ledger.write(directory))))


def half_of_them() -> HandWritten:
    ledger = polled()
    for number in (2, 4, 6):
        without(ledger, Poll, number=number)
    return ledger


def one_more_row() -> HandWritten:
    ledger = polled()
    altered(ledger, Poll, lambda row: {"rows": row.rows + 1})
    return ledger


def renumbered() -> HandWritten:
    """Every second poll is missing, and nothing shows it in the numbers of the others."""
    ledger = half_of_them()
    numbers = iter(range(1, 9))
    altered(ledger, Poll, lambda row: {"number": next(numbers)})
    return ledger


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (half_of_them, "3 of 8 polls are missing"),
        (lambda: without(polled(), Poll, number=8), "the final read came after 8 polls, and 7"),
        (renumbered, "the final read came after 8 polls, and 5 are there"),
        (one_more_row, "7 polls count other rows than had appeared"),
        (lambda: without(polled(), Vanished), "3 polls count other rows"),
        (lambda: without(polled(), Appeared, artwork="a"), "6 polls count other rows"),
    ],
)
def test_what_is_missing_or_counted_wrongly(
    make: Callable[[], HandWritten], words: str, tmp_path: Path
) -> None:
    assert words in found(make(), tmp_path)


def test_all_of_them_in_order(tmp_path: Path) -> None:
    assert found(polled(), tmp_path) == ""


def test_one_that_was_under_way_at_the_final_read_may_come_after_it(tmp_path: Path) -> None:
    ledger = polled().saw(3.0, Poll(rows=1, number=9))
    assert found(ledger, tmp_path) == ""


def test_polls_of_an_older_harness_have_no_numbers(tmp_path: Path) -> None:
    ledger = polled()
    altered(ledger, Poll, lambda row: {"number": None})
    altered(ledger, Final, lambda row: {"polls": None})
    assert found(ledger, tmp_path) == ""


def test_a_run_without_polls(tmp_path: Path) -> None:
    assert found(lived(), tmp_path) == ""
