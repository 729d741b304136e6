"""What an impression cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.ledger.kinds.activity import DatabaseFigure
from reports.evidence.frame import read_ledger
from reports.evidence.resources import WAIT_SAMPLES_MIN, costs, load_span_s
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


def test_what_statements_held_and_waited_for_is_a_mean_over_the_load(tmp_path: Path) -> None:
    """A quarter of the samples see a writer, one in eight a wait for a lock, none any I/O."""
    ledger = sending(lived())
    for sample in range(8 * LOAD_S):
        at_s = sample / 8
        for name, value in (
            ("table_writers", 1.0 if sample % 4 == 0 else 0.0),
            ("statements_waiting_for_lock", 1.0 if sample % 8 == 0 else 0.0),
            ("statements_waiting_for_io", 0.0),
        ):
            ledger.saw(at_s, DatabaseFigure(name=name, value=value))
    after_s = LOAD_S + 60.0
    ledger.saw(after_s, DatabaseFigure(name="table_writers", value=900.0))
    frames = read_ledger(ledger.write(tmp_path))
    begin_s, end_s = load_span_s(frames)
    found = costs(frames)
    each_ms = 1000 * (end_s - begin_s) / 600
    assert found["lock_held_per_impression_ms"] == pytest.approx(each_ms / 4, rel=0.02)
    assert found["lock_wait_per_impression_ms"] == pytest.approx(each_ms / 8, rel=0.02)
    assert found["io_wait_per_impression_ms"] == 0.0
    assert "lwlock_wait_per_impression_ms" not in found


def test_a_few_samples_of_waits_say_nothing(tmp_path: Path) -> None:
    ledger = sending(lived())
    for second in range(WAIT_SAMPLES_MIN - 1):
        ledger.saw(2.0 + second, DatabaseFigure(name="table_writers", value=1.0))
    assert "lock_held_per_impression_ms" not in costs(read_ledger(ledger.write(tmp_path)))


def test_without_a_load_nothing_has_a_cost(tmp_path: Path) -> None:
    assert costs(read_ledger(lived().write(tmp_path))) == {}
