"""Parts that are measured one at a time are kept together."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from benchmarks.monitoring.results import keep
from tests.benchmarks.monitoring.trials import READ, cost_of


def test_what_was_not_measured_again_stays(tmp_path: Path) -> None:
    first = [cost_of(0.9), cost_of(0.97, "rollups")]
    keep(tmp_path, {"CPU": "one"}, first, [replace(READ, impressions=10_012_345)])
    keep(tmp_path, {"CPU": "two"}, [cost_of(0.96)], [READ])
    text = keep(tmp_path, {"CPU": "two"}, [], [replace(READ, impressions=9_987_654)])
    content = json.loads((tmp_path / "monitoring.json").read_text())
    assert [(one["variant"], one["watched"]) for one in content["costs"]] == [
        ("all", [960.0]),
        ("rollups", [970.0]),
    ]
    assert [one["impressions"] for one in content["reads"]] == [1_000_000, 9_987_654]
    assert content["facts"] == {"CPU": "two"}
    assert (tmp_path / "monitoring.md").read_text() == text
    assert text.index("| all |") < text.index("| rollups |")
