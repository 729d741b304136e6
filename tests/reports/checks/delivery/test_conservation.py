"""Receipts that add up."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.client import Attempt
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


CASES = cases(
    "conservation",
    {},
    adds_up=(healthy, PASS),
    a_receipt_leaks=(leaking_receipt, FAIL),
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
