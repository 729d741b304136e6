"""The cells that a person with a device fills: the same questions, asked in a person's way."""

from __future__ import annotations

from harness.browsers.user_agent import Signs, facts_of
from harness.compose.device import cells_by_hand
from scenarios.browsers.by_hand import FIVE

ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
CHROME_ANDROID = ANDROID + "Chrome/124.0.0.0 Mobile Safari/537.36"


def test_each_step_is_a_cell_of_this_device_with_its_own_number_of_views() -> None:
    facts = facts_of(CHROME_ANDROID, Signs(touch_points=5, platform="Linux armv81"))
    cells = cells_by_hand(facts, "durable")
    assert [cell.plan.scenario for cell in cells] == [step.scenario for step in FIVE]
    assert {cell.plan.arm["browser"] for cell in cells} == {facts.name}
    assert {cell.plan.arm["preset"] for cell in cells} == {"durable"}
    for cell, step in zip(cells, FIVE, strict=True):
        asked = {spec.name: spec.parameters for spec in cell.plan.checks}
        assert asked["views_as_planned"] == {"views": step.views}
        assert "drained_in_time" not in asked
        assert "nothing_lost" in asked
