"""What a history costs is measured on a real one."""

from __future__ import annotations

from pathlib import Path

from benchmarks.trend.costs import costs


def test_costs_of_a_small_history(tmp_path: Path) -> None:
    found = costs(tmp_path, 3, 8)
    assert (found.cells, found.suites) == (3, 8)
    assert len(list((tmp_path / "suites").iterdir())) == 8
    assert min(found.file_bytes, found.index_bytes) > 1_000
    assert min(found.add_s, found.index_s, found.trend_s) > 0
