"""Losses of arms: exact counts, and who loses more than the control."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from reports.experiments.losses import Loss, losses
from reports.experiments.slots import read_blocks
from tests.reports.stored_experiments import LOAD, cell_of, lossy, plan_of, store_block, undecided


def lost(
    directory: Path, *, a: list[int], b: list[int], fate: str = "lost_acked", known: bool = False
) -> dict[str, Loss]:
    """Return the losses of two arms that lose this many of a hundred by block; ``known``: a cell
    is expected to lose."""
    plan = plan_of(blocks=len(a))
    for block, (of_a, of_b) in enumerate(zip(a, b, strict=True), 1):
        cells = []
        for arm in plan.orders[block - 1]:
            cell = cell_of(plan, block, LOAD, arm)
            count = of_a if arm == "a" else of_b
            if count:
                cell = replace(
                    lossy(cell, count, fate if arm == "a" else "lost_acked"), gates=not known
                )
            cells.append(cell)
        store_block(directory, plan, block, cells)
    slots = [slot for block in read_blocks(directory, plan) for slot in block.slots]
    return {loss.arm: loss for loss in losses(slots, "load", ["a", "b"], "b")}


def test_an_arm_that_loses_what_it_may_not_is_a_loser_where_the_control_loses_nothing(
    tmp_path: Path,
) -> None:
    found = lost(tmp_path, a=[5], b=[0])["a"]
    assert (found.lost, found.shown, found.slots, found.alone) == (5, 100, 1, 5)
    assert found.is_loser
    low, high = found.interval
    assert low == pytest.approx(0.0164, abs=1e-4)
    assert high == pytest.approx(0.1128, abs=1e-4)


def test_what_is_known_to_be_lost_is_compared_by_block(tmp_path: Path) -> None:
    """Fifty impressions of one block may be one visit's."""
    once = lost(tmp_path / "once", a=[50, 0, 0], b=[0, 0, 0], known=True)["a"]
    assert (once.alone, once.is_loser) == (0, False)
    assert once.p == pytest.approx(1 / 2)
    always = lost(tmp_path / "always", a=[20] * 5, b=[5] * 5, known=True)["a"]
    assert always.p == pytest.approx(1 / 32)
    assert always.is_loser


def test_who_loses_as_the_control_does_is_no_loser(tmp_path: Path) -> None:
    found = lost(tmp_path, a=[5, 5, 5, 5, 5], b=[5, 5, 5, 5, 5])
    assert (found["a"].p, found["a"].alone, found["a"].is_loser) == (1.0, 0, False)
    assert (found["b"].p, found["b"].is_loser) == (1.0, False)


def test_several_arms_are_corrected_for(tmp_path: Path) -> None:
    plan = plan_of(("a", "b", "c"), blocks=5)
    for block in range(1, 6):
        cells = []
        for arm in plan.orders[block - 1]:
            count = {"a": 20, "b": 5, "c": 5}[arm]
            cells.append(replace(lossy(cell_of(plan, block, LOAD, arm), count), gates=False))
        store_block(tmp_path, plan, block, cells)
    slots = [slot for block in read_blocks(tmp_path, plan) for slot in block.slots]
    [of_a, *_] = losses(slots, "load", ["a", "b", "c"], "b")
    assert of_a.p == pytest.approx(2 / 32)
    assert not of_a.is_loser


def test_what_is_false_is_never_chance(tmp_path: Path) -> None:
    found = lost(tmp_path, a=[1], b=[0], fate="duplicate_stored")["a"]
    assert (found.lost, found.false, found.is_loser) == (0, 1, True)


def test_a_slot_that_is_undecided_loses_nothing(tmp_path: Path) -> None:
    plan = plan_of(blocks=1)
    a, b = (cell_of(plan, 1, LOAD, arm) for arm in "ab")
    store_block(tmp_path, plan, 1, [undecided(lossy(a, 50)), b])
    slots = read_blocks(tmp_path, plan)[0].slots
    [of_a, _] = losses(slots, "load", ["a", "b"], "b")
    assert (of_a.slots, of_a.shown, of_a.lost, of_a.is_loser) == (0, 0, 0, False)
