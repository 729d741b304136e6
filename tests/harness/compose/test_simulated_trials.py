"""Recorder defects in simulated walks, as rows of the kill matrix."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compose import simulated_trials
from harness.compose.selftest import seeded_by
from harness.compose.simulated_trials import SimulatedTrial, read_simulated, simulate_trials
from harness.core.errors import HarnessError
from harness.ledger.defect import PlannedDefect
from harness.simulation.campaign import Campaign, Simulated
from harness.simulation.tally import Tally
from reports.judging.kill_matrix import Kill, Tried


def tried(directory: Path, *levels: str, walks: int = 50) -> list[Tried]:
    trials = [SimulatedTrial(defect=PlannedDefect.parse(one), walks=walks) for one in levels]
    simulate_trials(trials, seeded_by, directory, processes=1)
    return list(read_simulated(directory).cells)


def test_a_defect_is_caught_and_its_twin_is_green(tmp_path: Path) -> None:
    defect, twin = tried(tmp_path, "drops_last_id", "drops_last_id.twin")
    assert (defect.kill, defect.found[0], defect.walks) == (Kill.CAUGHT, "lost_acked", 1)
    assert (twin.kill, twin.walks) == (Kill.GREEN, 50)
    assert min(defect.hits, twin.hits) > 0


def test_what_no_walk_shows_is_missed(tmp_path: Path) -> None:
    """A page that leaves is hidden too: the simulation cannot tell."""
    [cell] = tried(tmp_path, "pagehide_once")
    assert (cell.kill, cell.found, cell.walks) == (Kill.MISSED, (), 50)


def test_a_simulation_that_breaks_is_not_run_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(campaign: Campaign) -> Simulated:
        raise HarnessError("there is no Node.js")

    monkeypatch.setattr(simulated_trials, "simulate", breaks)
    [cell] = tried(tmp_path, "drops_last_id")
    assert cell.kill is Kill.NOT_RUN
    assert "there is no Node.js" in cell.reason


def test_an_interruption_keeps_what_was_simulated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        simulated_trials, "simulate", lambda campaign: Simulated(Tally(), interrupted=True)
    )
    assert tried(tmp_path, "drops_last_id") == []
    assert read_simulated(tmp_path).interrupted


def test_without_trials_nothing_is_written(tmp_path: Path) -> None:
    assert tried(tmp_path) == []
    assert not list(tmp_path.iterdir())
