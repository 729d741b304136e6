"""A failing walk is shrunk to the steps that still fail."""

from __future__ import annotations

from harness.simulation.engine import Engine
from harness.simulation.smallest import smallest
from tests.harness.simulation.recorder import LOSES_THE_REST


def test_a_lost_view_takes_three_steps() -> None:
    with Engine(LOSES_THE_REST) as engine:
        part = engine.many(seed=1, first=0, count=200, preset="durable")
        failing = next(
            one
            for one in part["failing"]
            if any(finding["check"] == "nothing_lost" for finding in one["findings"])
        )
        kept = smallest(engine, failing["walk"], ["nothing_lost"])
        found = engine.walk(kept, lucks=[kept["luck"]])
    assert len(kept["steps"]) <= 4
    assert {one["check"] for one in found["findings"]} >= {"nothing_lost"}
