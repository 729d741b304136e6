"""Losses of arms: exact counts, and who loses more than the control."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.experiments.losses import Loss, losses
from reports.experiments.slots import read_blocks
from tests.reports.experiments.stored import LOAD, cell_of, lossy, plan_of, store_block, undecided


def lost(directory: Path, *, a: int, b: int, fate: str = "lost_acked") -> dict[str, Loss]:
    plan = plan_of(blocks=1)
    cells = {arm: cell_of(plan, 1, LOAD, arm) for arm in "ab"}
    counted = {"a": lossy(cells["a"], a, fate), "b": lossy(cells["b"], b)}
    store_block(directory, plan, 1, [counted["a"], counted["b"]])
    slots = read_blocks(directory, plan)[0].slots
    return {loss.arm: loss for loss in losses(slots, "load", ["a", "b"], "b")}


def test_an_arm_that_loses_where_the_control_does_not_is_a_loser(tmp_path: Path) -> None:
    found = lost(tmp_path, a=5, b=0)["a"]
    assert (found.lost, found.shown, found.slots) == (5, 100, 1)
    assert found.p == pytest.approx(1 / 32)
    assert found.is_loser
    low, high = found.interval
    assert low == pytest.approx(0.0164, abs=1e-4)
    assert high == pytest.approx(0.1128, abs=1e-4)


def test_one_lost_impression_may_be_chance(tmp_path: Path) -> None:
    found = lost(tmp_path, a=1, b=0)["a"]
    assert found.p == pytest.approx(0.5)
    assert not found.is_loser


def test_who_loses_as_the_control_does_is_no_loser(tmp_path: Path) -> None:
    found = lost(tmp_path, a=5, b=5)
    assert not found["a"].is_loser
    assert (found["b"].p, found["b"].is_loser) == (1.0, False)


def test_what_is_false_is_never_chance(tmp_path: Path) -> None:
    found = lost(tmp_path, a=1, b=0, fate="duplicate_stored")["a"]
    assert (found.lost, found.false, found.is_loser) == (0, 1, True)


def test_a_slot_that_does_not_count_loses_nothing(tmp_path: Path) -> None:
    plan = plan_of(blocks=1)
    a, b = (cell_of(plan, 1, LOAD, arm) for arm in "ab")
    store_block(tmp_path, plan, 1, [undecided(lossy(a, 50)), b])
    slots = read_blocks(tmp_path, plan)[0].slots
    [of_a, _] = losses(slots, "load", ["a", "b"], "b")
    assert (of_a.slots, of_a.shown, of_a.lost, of_a.is_loser) == (0, 0, 0, False)
