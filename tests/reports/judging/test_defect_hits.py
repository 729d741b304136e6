"""Hits of seeded defects, by any witness."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.client import PageDefectReached
from harness.ledger.kinds.network import HarnessDefectReached
from reports.evidence.frame import read_ledger
from reports.judging.defect_hits import hits
from tests.reports.ledgers import lived


def test_hits_of_all_witnesses_are_counted_by_defect(tmp_path: Path) -> None:
    ledger = lived()
    line = {"format": 1, "kind": "defect_reached", "lifetime": "l", "mono_ns": 2}
    ledger.receipts += [{**line, "defect": "a", "hits": n} for n in (1, 40)]
    ledger.saw(1.0, HarnessDefectReached(defect="b", hits=2))
    for _ in range(3):
        ledger.saw(1.0, PageDefectReached(user="ann", reason="c"))
    read = read_ledger(ledger.write(tmp_path / "run"))
    assert not read.gaps
    assert dict(hits(read)) == {"a": 41, "b": 2, "c": 3}
    assert not read.killed_lifetimes


def test_a_run_without_a_defect_has_none(tmp_path: Path) -> None:
    assert not hits(read_ledger(lived().write(tmp_path / "run")))
