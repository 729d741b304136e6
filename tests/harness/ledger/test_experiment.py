"""An experiment's design on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.core.errors import LedgerDamaged, LedgerUnreadable
from harness.ledger.experiment import (
    BlockEnd,
    ExperimentPart,
    ExperimentPlan,
    Metric,
    PlannedLook,
    block_directory,
    read_block_end,
    read_experiment,
    write_block_end,
    write_experiment,
)
from harness.ledger.plan import SuiteOptions
from harness.target.target import Target

PLAN = ExperimentPlan(
    name="size",
    question="Which size?",
    command="harness experiment size",
    seed=1,
    control="b",
    arms={"a": {"batch": "1"}, "b": {"batch": "2"}},
    parts=(
        ExperimentPart(
            name="load",
            title="A load",
            scenario="paced_load",
            metrics=(Metric(measure="m", title="M"),),
        ),
        ExperimentPart(name="rare", title="Now and then", scenario="paced_load", every=3),
    ),
    orders=(("a", "b"), ("b", "a"), ("a", "b"), ("b", "a")),
    looks=(PlannedLook(blocks=2, alpha=0.01), PlannedLook(blocks=4, alpha=0.04)),
    block_about_s=9.0,
)


def test_it_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    write_experiment(tmp_path, PLAN)
    assert read_experiment(tmp_path) == PLAN


def test_no_password_is_written_down(tmp_path: Path) -> None:
    target = Target(
        database_url="postgresql://ann:hunter2@h/db", browsers={"far": "cdp+http://u:hunter2@h"}
    )
    write_experiment(tmp_path, replace(PLAN, options=SuiteOptions(target=target)))
    assert "hunter2" not in (tmp_path / "experiment.json").read_text()
    assert read_experiment(tmp_path).options.target.database_url is None


def test_a_part_is_done_in_the_first_block_and_every_so_many_after_it() -> None:
    names = [[part.name for part in PLAN.parts_in(block)] for block in (1, 2, 3, 4)]
    assert names == [["load", "rare"], ["load"], ["load"], ["load", "rare"]]


def test_the_control_is_compared_with_all_others() -> None:
    assert PLAN.rivals == ("a",)
    assert PLAN.blocks == 4


@pytest.mark.parametrize(
    ("text", "wrong", "line"),
    [
        ('"control": "b"', '"control": "z"', "the control z is no arm"),
        ('"name": "size",', '"name": "size", "colour": "red",', "unknown field colour"),
        ('"format": 1', '"format": 9', "has format 9, this harness reads 1"),
    ],
)
def test_a_design_that_cannot_be_is_named_with_its_file(
    tmp_path: Path, text: str, wrong: str, line: str
) -> None:
    write_experiment(tmp_path, PLAN)
    file = tmp_path / "experiment.json"
    stored = file.read_text()
    assert text in stored
    file.write_text(stored.replace(text, wrong, 1))
    with pytest.raises((LedgerDamaged, LedgerUnreadable)) as refused:
        read_experiment(tmp_path)
    assert line in refused.value.line
    assert "experiment.json" in refused.value.line


def test_each_block_holds_every_arm_once() -> None:
    with pytest.raises(ValueError, match="every arm once"):
        replace(PLAN, orders=(("a", "a"),)).__post_init__()
    with pytest.raises(ValueError, match="has no part"):
        replace(PLAN, parts=()).__post_init__()


def test_a_block_s_end_is_read_back(tmp_path: Path) -> None:
    where = block_directory(tmp_path, 7)
    assert where.name == "block-007"
    where.mkdir(parents=True)
    end = BlockEnd(block=7, canary_s=(0.1, 0.2), duration_s=3.5)
    write_block_end(where, end)
    assert read_block_end(where) == end


@pytest.mark.parametrize("canary_s", [[], [0.1], [0, 0.1], [1e300, 0.1], [-1, -1]])
def test_a_canary_that_cannot_be_is_damage(tmp_path: Path, canary_s: list[float]) -> None:
    text = json.dumps({"format": 1, "block": 1, "canary_s": canary_s, "duration_s": 9.0})
    (tmp_path / "block.json").write_text(text)
    with pytest.raises(LedgerDamaged, match="canary_s"):
        read_block_end(tmp_path)
