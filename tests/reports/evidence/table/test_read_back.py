"""Reads of the target's table, and reads of another one."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.database import OwnRowUnseen, OwnRowWritten
from harness.target.capabilities import EVERYTHING
from reports.evidence.table.read_back import ReadBack, read_back
from tests.reports.histories import without_rows
from tests.reports.ledgers import HandWritten, evidence_of, healthy, own_row_written


def read(ledger: HandWritten, directory: Path) -> ReadBack:
    return read_back(evidence_of(ledger, directory).ledger)


def test_older_runs_are_not_expected_to_have_a_row_of_the_harness(tmp_path: Path) -> None:
    found = read(healthy(), tmp_path)
    assert (found.is_expected, found.has_final, found.trouble) == (False, True, ())


def test_a_run_whose_target_offers_it_is_expected_to_have_one(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.capabilities = [one.key for one in EVERYTHING]
    assert "wrote no row of its own" in read(ledger, tmp_path).trouble[0]


def test_a_final_read_of_another_table_is_none(tmp_path: Path) -> None:
    ledger = without_rows(own_row_written(healthy()), own_rows=0)
    evidence = evidence_of(ledger, tmp_path)
    assert not read_back(evidence.ledger).has_final
    assert not evidence.fates.decided
    assert evidence.damaged == {"database"}


def test_a_row_that_was_deleted_makes_the_read_no_other(tmp_path: Path) -> None:
    ledger = without_rows(own_row_written(healthy()), own_rows=0)
    ledger.saw(9.0, OwnRowUnseen(user="own", artwork="own-row", is_kept=False))
    found = read(ledger, tmp_path)
    assert (found.has_final, found.gone, found.trouble) == (True, 1, ())


def test_a_final_read_that_does_not_find_the_last_row_is_of_an_earlier_state(
    tmp_path: Path,
) -> None:
    ledger = own_row_written(healthy()).final(9.5, own_rows=1, last_own_rows=0, a=1, b=1)
    found = read(ledger, tmp_path)
    assert (found.has_final, found.gone) == (False, 0)
    assert "an earlier state of the table" in found.trouble[0]


def test_a_last_row_that_was_deleted_is_gone(tmp_path: Path) -> None:
    ledger = own_row_written(healthy()).final(9.5, own_rows=1, last_own_rows=0, a=1, b=1)
    ledger.saw(9.5, OwnRowUnseen(user="own-last", artwork="own-row", is_kept=False))
    found = read(ledger, tmp_path)
    assert (found.has_final, found.gone, found.trouble) == (True, 1, ())


def test_the_last_final_read_counts(tmp_path: Path) -> None:
    """The first was of another table, the second of the right one; the first is named all the
    same."""
    ledger = without_rows(own_row_written(healthy()), own_rows=0).final(9.5, own_rows=1, a=1, b=1)
    found = read(ledger, tmp_path)
    assert found.has_final
    assert "1 of 3 reads were of another table" in found.trouble[0]


def test_what_was_read_before_the_row_was_written_need_not_show_it(tmp_path: Path) -> None:
    ledger = healthy().saw(1.6, OwnRowWritten(user="own", artwork="own-row", relation="public.t"))
    assert "1 of 2 reads did not look" in read(ledger, tmp_path).trouble[0]
