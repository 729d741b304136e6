"""The reference system's recorder under simulation, sound and with a defect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.compose.simulate import SIMULATION_FILE, SimulationOrder, simulate_and_shrink
from harness.core.errors import UsageError
from reports.verdict.verdict import Verdict
from scenarios.concurrency.walker import read_walks


def test_a_defect_is_found_and_its_walk_is_shrunk(tmp_path: Path) -> None:
    lines: list[str] = []
    order = SimulationOrder(seed=1, walks=200, defect="never_adopts", out=tmp_path)
    result = simulate_and_shrink(order, lambda outcome: None, lines.append)
    assert result.simulated.outcome.verdict is Verdict.FAIL
    assert result.simulated.outcome.hits > 0
    [walk] = read_walks(result.files["nothing_lost"])
    assert len(walk.steps) <= 5
    assert any(f"harness walk --steps {result.files['nothing_lost']}" in line for line in lines)
    written = json.loads((result.directory / SIMULATION_FILE).read_text())
    assert written["checks"]["nothing_lost"]["smallest"] == str(result.files["nothing_lost"])


def test_its_twin_is_sound(tmp_path: Path) -> None:
    order = SimulationOrder(seed=1, walks=200, defect="never_adopts.twin", out=tmp_path)
    outcome = simulate_and_shrink(order, lambda outcome: None, print).simulated.outcome
    assert (outcome.checks, outcome.hits > 0) == ({}, True)


def test_only_defects_of_the_recorder_can_be_simulated(tmp_path: Path) -> None:
    for name in ("no_such_defect", "no_insert"):
        with pytest.raises(UsageError):
            simulate_and_shrink(
                SimulationOrder(seed=1, walks=1, defect=name, out=tmp_path), print, print
            )
