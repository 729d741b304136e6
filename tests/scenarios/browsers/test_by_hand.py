"""The cells that a person with a device fills: the same questions, asked in a person's way."""

from __future__ import annotations

import pytest

from scenarios.browsers.by_hand import FIVE, cells_by_hand

DEVICE = "firefox-android-124-pixel"


@pytest.mark.parametrize("preset", ["durable", "roadmap"])
def test_each_step_is_a_cell_of_this_device_with_its_own_number_of_views(preset: str) -> None:
    cells = cells_by_hand(DEVICE, preset)
    assert [cell.plan.scenario for cell in cells] == [step.scenario for step in FIVE]
    assert {cell.plan.arm["browser"] for cell in cells} == {DEVICE}
    assert {cell.plan.arm["preset"] for cell in cells} == {preset}
    for cell, step in zip(cells, FIVE, strict=True):
        asked = [(spec.name, spec.parameters) for spec in cell.plan.checks]
        assert asked[0] == ("views_as_planned", {"views": step.views})
        names = [name for name, _ in asked]
        assert names.count("views_as_planned") == 1
        assert "drained_in_time" not in names
        assert "nothing_lost" in names
        assert cell.not_run is None
