"""A suite's cells: those with engines that were measured under a load, and no others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.topologies.cells import cells_in
from tests.benchmarks.topologies.figures import MEASURED


def test_cells_without_a_load_are_left_out(tmp_path: Path) -> None:
    def stored(arm: str, **measures: float | None) -> dict[str, Any]:
        return {
            "scenario": "paced_load",
            "arm": arm,
            "seed": 1,
            "verdict": "pass",
            "measures": measures,
        }

    cells = [
        stored("topology=full,workload=steady", **MEASURED, stored_rows=9, new_row_share=None),
        stored("workload=steady", **MEASURED),
        stored("topology=full,fault=none", shown_impressions=5.0),
    ]
    (tmp_path / "verdict.json").write_text(json.dumps({"cells": cells}))
    full, single = cells_in(tmp_path)
    assert (full.topology, full.arm, full.when) == ("full", "workload=steady", tmp_path.name)
    assert full.measures == MEASURED
    assert single.topology == "single"
    assert full.key != single.key
