"""What is missing is named with its witness."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.database import FinalRow
from harness.ledger.kinds.network import Quiet
from reports.evidence.exchange.due import Due, missing, no_row_of
from reports.evidence.frame import read_ledger
from tests.reports.ledgers import healthy


def test_a_kind_of_which_there_is_no_row_is_its_witness_s() -> None:
    assert no_row_of(FinalRow, "why") == Due(
        "database", "why, and no row is of the kind 'final_row'"
    )


def test_a_kind_is_missing_where_no_row_is_of_it(tmp_path: Path) -> None:
    database = read_ledger(healthy().write(tmp_path)).database
    assert list(missing(database, FinalRow, "why")) == []
    assert list(missing(database, Quiet, "why")) == [no_row_of(Quiet, "why")]
