"""Receipts that add up."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.client import Attempt
from harness.ledger.kinds.database import Final, FinalRow
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import (
    shown_only,
)
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    find,
    healthy,
    without,
)


def leaking_receipt() -> HandWritten:
    return healthy().receipt(["x", "y"], 3.0, inserted=0, duplicate=1)


def row_without_receipt() -> HandWritten:
    ledger = healthy()
    ledger.receipts = [r for r in ledger.receipts if r["kind"] != "batch"]
    return ledger.receipt(["a"], 1.1)


def receipt_without_row() -> HandWritten:
    return healthy().receipt(["x"], 3.0)


def never_read() -> HandWritten:
    return without(without(healthy(), FinalRow), Final)


def two_of_one_id() -> HandWritten:
    return receipt_without_row().receipt(["x"], 4.0, inserted=0, duplicate=1)


def two_lifetimes() -> HandWritten:
    """Each adds up by itself."""
    ledger = healthy().lifetime("m")
    return ledger.receipt(["a"], 3.0, inserted=0, duplicate=1, lifetime="m")


def shown_without_row() -> HandWritten:
    """The sums agree; b was shown and committed, and has no row."""
    return without(healthy(), FinalRow, artwork="b")


def killed_amid_three() -> HandWritten:
    """Three ids were tried, the receipt of one of them is there."""
    ledger = healthy().shown("c", 1.0).acknowledged(["c"], 1.2, batch="c").final(9.1, a=1, b=1, c=1)
    ledger.receipts = [row for row in ledger.receipts if row["kind"] == "started"]
    return ledger.receipt(["a"], 1.1)


CASES = cases(
    "conservation",
    {},
    adds_up=(healthy, PASS),
    each_lifetime_adds_up=(two_lifetimes, PASS),
    without_a_lifetime=(
        lambda: healthy().receipt(["x", "y"], 3.0, inserted=0, duplicate=1, lifetime=None),
        FAIL,
        "neither inserted, duplicate nor rejected",
    ),
    two_receipts_of_one_id=(two_of_one_id, FAIL, "1 impressions have a committed receipt"),
    shown_and_no_row=(shown_without_row, FAIL, "1 impressions have a committed receipt"),
    no_tab_and_no_row=(lambda: healthy().receipt(["x"], 3.0, tab=None), FAIL, "and no row"),
    killed=(killed_amid_three, PASS),
    no_final_read=(never_read, UNKNOWN),
    a_receipt_leaks=(leaking_receipt, FAIL),
    counts_of_another=(
        lambda: healthy().receipt(["x", "y"], 3.0, inserted=1).receipt(["z"], 3.0, inserted=2),
        FAIL,
        "2 receipts count other ids as received than as inserted",
    ),
    a_row_has_no_receipt=(row_without_receipt, FAIL),
    a_receipt_has_no_row=(receipt_without_row, FAIL),
    no_receipts=(shown_only, UNKNOWN),
)


test_each_case = every_case_holds(CASES)


def test_a_killed_server_may_leave_rows_without_receipts(tmp_path: Path) -> None:
    """It died between COMMIT and the receipt: allowed for ids that a client did attempt."""
    ledger = row_without_receipt()
    ledger.receipts = [r for r in ledger.receipts if r["kind"] != "stopped"]
    assert find("conservation", ledger, tmp_path / "attempted").verdict is PASS
    ledger = without(ledger, Attempt)
    assert find("conservation", ledger, tmp_path / "unexplained").verdict is FAIL


def test_a_batch_whose_outcome_the_server_does_not_know_may_have_rows(tmp_path: Path) -> None:
    ledger = row_without_receipt()
    unknown = {"status": 503, "reason": "outcome_unknown", "rejected": 1, "inserted": 0}
    ledger.receipt(["b"], 1.15, **unknown)
    assert find("conservation", ledger, tmp_path / "allowed").verdict is PASS
    ledger.receipts[-1]["reason"] = "queue_full"
    assert find("conservation", ledger, tmp_path / "not allowed").verdict is FAIL


def test_one_lifetimes_surplus_does_not_pay_for_anothers_leak(tmp_path: Path) -> None:
    ledger = healthy().lifetime("m").receipt(["x"], 3.0, inserted=0, duplicate=2, lifetime="m")
    ledger.receipt(["y", "y"], 3.0, inserted=0, duplicate=1, lifetime="l")
    finding = find("conservation", ledger, tmp_path)
    assert finding.verdict is FAIL
    assert "neither inserted, duplicate nor rejected" in finding.summary
