"""A simulated walk is a walk of the scenario, and comes back from its file as it was."""

from __future__ import annotations

from pathlib import Path

from harness.browsers.base import Can
from harness.simulation.engine import Engine
from harness.simulation.files import facts_of, walk_from, write_failing
from scenarios.concurrency.walk import runnable
from scenarios.concurrency.walker import read_walks
from tests.harness.simulation.recorder import SOUND

EVERYTHING = frozenset(Can)


def test_a_walk_comes_back_from_its_file_and_walks_the_same(tmp_path: Path) -> None:
    with Engine(SOUND) as engine:
        for facts in engine.draw(seed=1, first=0, count=60, preset="durable"):
            write_failing(tmp_path / "walk.json", facts)
            [walk] = read_walks(tmp_path / "walk.json")
            assert walk == walk_from(facts)
            assert engine.walk(facts_of(walk))["trace"] == engine.walk(facts)["trace"]


def test_a_browser_that_can_do_everything_can_walk_it() -> None:
    """Both models have the same rules; a driver crashes a tab only if it is alone."""
    with Engine(SOUND) as engine:
        for facts in engine.draw(seed=2, first=0, count=200, preset="durable"):
            walk = walk_from({**facts, "steps": [s for s in facts["steps"] if s["name"] != "kill"]})
            assert runnable(walk.steps, EVERYTHING) == list(walk.steps)
