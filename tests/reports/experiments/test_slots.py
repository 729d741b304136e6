"""The slots of stored blocks: which arm each is, whether it counts, what it lost."""

from __future__ import annotations

import errno
import json
import math
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.core.errors import HarnessError, LedgerDamaged
from harness.ledger.experiment import block_directory, read_block_end, write_block_end
from harness.ledger.rundir import RUN_FILE, RunPlan, begin_run
from reports.experiments import slots
from reports.experiments.slots import is_complete, positions, read_blocks, values
from reports.verdict.verdict import SuiteVerdict
from tests.reports.stored_experiments import (
    LOAD,
    MEASURE,
    cell_of,
    lossy,
    plan_of,
    store,
    store_block,
    undecided,
)


def test_slots_come_block_by_block_in_the_order_in_which_they_ran(tmp_path: Path) -> None:
    plan = store(tmp_path, plan_of(blocks=3), {"a": [1, 2, 3], "b": [10, 20, 30]})
    blocks = read_blocks(tmp_path, plan)
    assert [[slot.arm for slot in block.slots] for block in blocks] == [
        ["a", "b"],
        ["b", "a"],
        ["a", "b"],
    ]
    assert values(blocks, "load", "a", MEASURE).tolist() == [1, 2, 3]
    assert positions(blocks, "load", ["a", "b"]).tolist() == [[0, 1], [1, 0], [0, 1]]
    assert blocks[0].slots[0].run == str(
        block_directory(tmp_path, 1) / "cells/paced_load/letter=a,workload=steady/seed-1"
    )


def test_a_block_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    plan = store(tmp_path, plan_of(blocks=3), {"a": [1, 2, 3], "b": [10, 20, 30]})
    (block_directory(tmp_path, 2) / "block.json").unlink()
    assert [block.number for block in read_blocks(tmp_path, plan)] == [1, 3]
    assert not is_complete(tmp_path, 2)


def test_a_slot_without_a_verdict_has_no_figure_and_says_why(tmp_path: Path) -> None:
    plan = plan_of(blocks=1)
    a, b = (cell_of(plan, 1, LOAD, arm, **{MEASURE: 5.0}) for arm in "ab")
    store_block(tmp_path, plan, 1, [undecided(a), lossy(b, 3)])
    [block] = read_blocks(tmp_path, plan)
    assert block.slots[0].why_not == "the generator was late"
    assert math.isnan(block.slots[0].figure(MEASURE))
    assert (block.slots[1].why_not, block.slots[1].lost, block.slots[1].shown) == ("", 3, 100)
    assert block.slots[1].figure(MEASURE) == 5.0
    assert math.isnan(block.slots[1].figure("no_such_measure"))


def test_without_fates_nothing_is_known_of_a_slot(tmp_path: Path) -> None:
    plan = plan_of(blocks=1)
    cells = [replace(cell_of(plan, 1, LOAD, arm), fates={}) for arm in "ab"]
    store_block(tmp_path, plan, 1, cells)
    assert {s.why_not for s in read_blocks(tmp_path, plan)[0].slots} == {"nothing is known of it"}


@pytest.mark.parametrize("fate", ["duplicate_stored", "corrupt", "phantom"])
def test_what_is_stored_and_false_is_no_loss(tmp_path: Path, fate: str) -> None:
    plan = plan_of(blocks=1)
    a, b = (cell_of(plan, 1, LOAD, arm) for arm in "ab")
    store_block(tmp_path, plan, 1, [lossy(a, 2, fate), b])
    slot = read_blocks(tmp_path, plan)[0].slots[0]
    assert (slot.lost, slot.false) == (0, 2)


def test_a_block_that_holds_other_cells_is_damaged(tmp_path: Path) -> None:
    plan = plan_of(blocks=2)
    a, b = (cell_of(plan, 1, LOAD, arm) for arm in "ab")
    store_block(tmp_path, plan, 1, [b, a])
    with pytest.raises(LedgerDamaged, match="is not what its experiment planned"):
        read_blocks(tmp_path, plan)
    store_block(tmp_path, plan, 2, [a])
    (block_directory(tmp_path, 1) / "block.json").unlink()
    with pytest.raises(LedgerDamaged, match="holds 1 cells"):
        read_blocks(tmp_path, plan)


def test_a_part_that_is_not_in_every_block_has_no_figure_there(tmp_path: Path) -> None:
    rare = replace(LOAD, name="rare", every=2)
    plan = plan_of(blocks=2, parts=(LOAD, rare))
    for block in (1, 2):
        cells = [
            cell_of(plan, block, part, arm, **{MEASURE: 7.0})
            for part in plan.parts_in(block)
            for arm in plan.orders[block - 1]
        ]
        store_block(tmp_path, plan, block, cells)
    blocks = read_blocks(tmp_path, plan)
    assert [len(block.slots) for block in blocks] == [4, 2]
    assert [math.isnan(one) for one in values(blocks, "rare", "a", MEASURE)] == [False, True]
    assert positions(blocks, "rare", ["a", "b"]).tolist() == [[0, 1], [0, 0]]


def test_a_block_that_was_copied_is_not_counted_twice(tmp_path: Path) -> None:
    plan = store(tmp_path, plan_of(blocks=3), {"a": [1, 2, 3], "b": [10, 20, 30]})
    first, third = (block_directory(tmp_path, number) for number in (1, 3))
    assert plan.orders[0] == plan.orders[2]
    shutil.rmtree(third)
    shutil.copytree(first, third)
    with pytest.raises(LedgerDamaged, match="is block 1: it was copied or renamed"):
        read_blocks(tmp_path, plan)
    end = read_block_end(first)
    write_block_end(third, replace(end, block=3))
    with pytest.raises(LedgerDamaged, match="seed 1 is not what its experiment planned"):
        read_blocks(tmp_path, plan)


def test_a_verdict_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = store(tmp_path, plan_of(blocks=1), {"a": [1], "b": [10]})

    def full(directory: Path, block: int) -> SuiteVerdict:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(slots, "judge_block", full)
    with pytest.raises(HarnessError, match=r"cannot write the verdict of .*: No space left"):
        read_blocks(tmp_path, plan, again=True)


def test_a_slot_with_a_factor_more_is_of_another_arm(tmp_path: Path) -> None:
    plan = plan_of(blocks=1)
    a, b = (cell_of(plan, 1, LOAD, arm) for arm in "ab")
    store_block(tmp_path, plan, 1, [replace(a, arm=f"defect=no_insert,{a.arm}"), b])
    with pytest.raises(LedgerDamaged, match="is not what its experiment planned"):
        read_blocks(tmp_path, plan)


@pytest.mark.parametrize(
    ("started", "is_older"), [("20251231T235959Z", True), ("20260101T000000Z", False)]
)
def test_a_run_that_is_older_than_its_experiment_was_copied_into_it(
    started: str, is_older: bool, tmp_path: Path
) -> None:
    plan = store(tmp_path, plan_of(blocks=1), {"a": [1], "b": [10]})
    [block] = read_blocks(tmp_path, plan)
    slot = block.slots[1]
    begin_run(Path(slot.run), RunPlan(scenario=slot.cell.scenario, arm={}, seed=1))
    record = json.loads((Path(slot.run) / RUN_FILE).read_text())
    (Path(slot.run) / RUN_FILE).write_text(json.dumps(record | {"started": started}))
    if is_older:
        with pytest.raises(LedgerDamaged, match=r"before its experiment .* it is another's"):
            read_blocks(tmp_path, plan)
    else:
        assert len(read_blocks(tmp_path, plan)) == 1
