"""Evidence: which witnesses are damaged, and which failures stand all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reports.evidence.evidence import EVERY_WITNESS
from reports.judging.judge import judge_run
from reports.verdict.verdict import Verdict
from tests.reports.histories import duplicate_stored, lost_acked
from tests.reports.ledgers import HandWritten, Make, evidence_of, healthy
from tests.reports.suites import ALL


def unknown_kind(ledger: HandWritten, witness: str) -> HandWritten:
    """Add a row that no reader knows: this witness's evidence is not whole."""
    cells: dict[str, Any] = {"kind": "unheard_of"}
    if witness == "server":
        ledger.receipts.append({"kind": "unheard_of", "lifetime": "l", "format": 1})
        return ledger
    return ledger.raw(witness, 3.0, **cells)


@pytest.mark.parametrize("witness", ["viewer", "client", "database", "network", "activity"])
def test_a_gap_damages_the_witness_whose_file_has_it(tmp_path: Path, witness: str) -> None:
    assert evidence_of(healthy(), tmp_path / "whole").damaged == set()
    damaged = evidence_of(unknown_kind(healthy(), witness), tmp_path / "damaged").damaged
    assert damaged == {witness}


def test_a_run_that_broke_off_damages_every_witness(tmp_path: Path) -> None:
    for number, status in enumerate(("broken", None)):
        ledger = healthy()
        ledger.status = status  # type: ignore[assignment]
        assert evidence_of(ledger, tmp_path / str(number)).damaged == EVERY_WITNESS


@pytest.mark.parametrize(
    ("make", "witness", "verdict", "by"),
    [
        (lost_acked, "activity", Verdict.FAIL, "nothing_lost"),
        (lost_acked, "viewer", Verdict.UNKNOWN, "witnesses_whole"),
        (lost_acked, "database", Verdict.UNKNOWN, "witnesses_whole"),
        (duplicate_stored, "viewer", Verdict.FAIL, "nothing_twice"),
        (duplicate_stored, "database", Verdict.UNKNOWN, "witnesses_whole"),
    ],
)
def test_a_failure_stands_where_another_witness_is_damaged(
    tmp_path: Path, make: Make, witness: str, verdict: Verdict, by: str
) -> None:
    ledger = unknown_kind(make(), witness)
    ledger.checks = ALL
    cell = judge_run(ledger.write(tmp_path)).cell
    assert cell.verdict is verdict
    assert cell.reason.startswith(f"{by}: ")
    unsure = {one.check for one in cell.findings if one.verdict is Verdict.UNKNOWN}
    assert "witnesses_whole" in unsure
