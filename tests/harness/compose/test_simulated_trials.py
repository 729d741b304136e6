"""Recorder defects in simulated walks, as rows of the kill matrix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from harness.compose import simulated_trials
from harness.compose.selftest import seeded_by
from harness.compose.simulated_trials import SimulatedTrial, read_simulated, simulate_trials
from harness.core.errors import HarnessError
from harness.ledger.defect import PlannedDefect
from harness.simulation.engine import Engine
from harness.simulation.tally import Tally
from reports.judging.kill_matrix import Kill, Tried


def tried(
    directory: Path, *levels: str, walks: int = 50, seeds: Sequence[int] = (1,)
) -> list[Tried]:
    trials = [
        SimulatedTrial(defect=PlannedDefect.parse(one), walks=walks, seed=seed)
        for one in levels
        for seed in seeds
    ]
    simulate_trials(trials, seeded_by, directory)
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


def test_each_seed_draws_walks_of_its_own_and_the_same_again(tmp_path: Path) -> None:
    cells = tried(tmp_path, "shown_before_written", walks=300, seeds=(1, 2, 3))
    assert [one.kill for one in cells] == [Kill.CAUGHT] * 3
    assert len({one.walks for one in cells}) > 1
    again = tried(tmp_path, "shown_before_written", walks=300, seeds=(3, 1))
    assert [one.walks for one in again] == [cells[2].walks, cells[0].walks]


class OneNameAfterAnother:
    """An engine whose first hundred walks break one check, and its second hundred two."""

    def many(self, *, seed: int, first: int, count: int, preset: str) -> dict[str, object]:
        broken = {"each_id_once": {"first": 4, "walks": 1, "why": "twice"}}
        if first:
            broken["nothing_lost"] = {"first": first + 7, "walks": 1, "why": "lost"}
        empty = {"fates": {}, "states": {}, "backoff": [], "failing": []}
        return {"walks": count, "hits": 1, "events": 9, "failed": 1, "checks": broken, **empty}


def test_a_walk_that_shows_another_name_ends_nothing() -> None:
    trial = SimulatedTrial(defect=PlannedDefect.parse("forgets_on_return"), walks=500)
    engine = cast(Engine, OneNameAfterAnother())
    tally = simulated_trials._walked(engine, trial, frozenset({"nothing_lost"}))
    assert (tally.walks, tally.checks["nothing_lost"].first) == (200, 107)
    tally = simulated_trials._walked(engine, trial, frozenset({"duplicate_stored"}))
    assert tally.walks == 500
    assert "duplicate_stored" not in tally.names, "it is misnamed"


def test_a_simulation_that_breaks_is_not_run_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(engine: Engine, trial: SimulatedTrial, wanted: frozenset[str]) -> Tally:
        raise HarnessError("there is no Node.js")

    monkeypatch.setattr(simulated_trials, "_walked", breaks)
    cells = tried(tmp_path, "drops_last_id", seeds=(1, 2))
    assert [one.kill for one in cells] == [Kill.NOT_RUN] * 2
    assert all("there is no Node.js" in one.reason for one in cells)


def test_an_interruption_keeps_what_was_simulated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def walked(engine: Engine, trial: SimulatedTrial, wanted: frozenset[str]) -> Tally:
        if trial.seed == 2:
            raise KeyboardInterrupt
        return Tally(walks=7)

    monkeypatch.setattr(simulated_trials, "_walked", walked)
    [cell] = tried(tmp_path, "drops_last_id", seeds=(1, 2, 3))
    assert (cell.seed, cell.walks) == (1, 7)
    assert read_simulated(tmp_path).interrupted


def test_without_trials_nothing_is_written(tmp_path: Path) -> None:
    assert tried(tmp_path) == []
    assert not list(tmp_path.iterdir())
