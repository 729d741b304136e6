"""Canaries: whether the machine was the same all the time."""

from __future__ import annotations

from pathlib import Path

from reports.experiments.machine import machine_state
from reports.experiments.slots import read_blocks
from tests.reports.stored_experiments import LOAD, cell_of, plan_of, store_block


def test_a_block_in_which_the_machine_was_slower_is_named(tmp_path: Path) -> None:
    plan = plan_of(blocks=3)
    for block, canary_s in ((1, (0.1, 0.1)), (2, (0.1, 0.16)), (3, (0.1, 0.11))):
        cells = [cell_of(plan, block, LOAD, arm) for arm in plan.orders[block - 1]]
        store_block(tmp_path, plan, block, cells, canary_s=canary_s)
    state = machine_state(read_blocks(tmp_path, plan))
    assert state.unsteady == (2,)
    assert "busy in 1 of 3 blocks (2)" in state.sentence
    assert "1.60 times its median of 100 ms" in state.sentence
    steady = machine_state(read_blocks(tmp_path, plan)[:1])
    assert steady.unsteady == ()
    assert steady.sentence.startswith("the machine was steady")


def test_nothing_is_known_of_a_machine_without_blocks() -> None:
    assert machine_state([]).sentence == "no block is complete, so nothing is known of the machine"
