"""What an impression cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.ledger.kinds.activity import DatabaseFigure
from reports.evidence.frame import read_ledger
from reports.evidence.resources import costs
from tests.reports.histories import LOAD_S, sending, watched
from tests.reports.ledgers import lived


def test_an_impression_has_its_costs(tmp_path: Path) -> None:
    """600 impressions; 24 CPU seconds, 1.2 MB of WAL and 120 inserts of ten rows each."""
    ledger = watched(sending(lived()), cores=lambda s: 0.4 if s else 0.0)
    for second in range(LOAD_S + 1):
        for name, value in (
            ("wal_position_bytes", 20_000.0 * second),
            ("insert_calls", 2.0 * second),
            ("insert_exec_ms", 6.0 * second),
            ("rows_inserted", 20.0 * second),
        ):
            ledger.saw(float(second), DatabaseFigure(name=name, value=value))
    found = costs(read_ledger(ledger.write(tmp_path)))
    assert found["database_cpu_per_impression_ms"] == pytest.approx(40.0)
    assert found["wal_per_impression_bytes"] == pytest.approx(2000.0)
    assert found["wire_per_impression_bytes"] == 100.0
    assert found["rows_per_commit"] == 10.0
    assert found["insert_mean_ms"] == 3.0


def test_without_a_load_nothing_has_a_cost(tmp_path: Path) -> None:
    assert costs(read_ledger(lived().write(tmp_path))) == {}
