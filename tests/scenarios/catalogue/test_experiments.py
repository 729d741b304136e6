"""Experiments as data, and the design that is made of one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import HarnessError, UsageError
from harness.ledger.experiment import ExperimentPlan
from harness.load.schedule.schedule import planned, schedule
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import load_all
from scenarios.catalogue.experiments import (
    Wanted,
    balanced_orders,
    cells_of_block,
    design,
    load_experiments,
    refuse_what_lacks,
)
from scenarios.catalogue.request import TargetOffer
from scenarios.load.arms import workload_of

KNOWN = load_all()
EXPERIMENTS = load_experiments()


class Machine:
    def __init__(self, *lacks: str) -> None:
        self.lacks = lacks

    def fix(self, part: str) -> str | None:
        return f"get {part}" if part in self.lacks else None


def designed(name: str = "batch-size", **wanted: object) -> ExperimentPlan:
    return design(Wanted(name=name, **wanted), EXPERIMENTS[name], KNOWN, command="")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(EXPERIMENTS))
def test_every_experiment_can_be_designed_and_its_expectations_name_what_it_measures(
    name: str,
) -> None:
    plan = designed(name)
    measured = {(part.name, metric.measure) for part in plan.parts for metric in part.metrics}
    assert len(plan.hypotheses) == len(EXPERIMENTS[name].expected)
    for one in plan.hypotheses:
        assert (one.part, one.measure) in measured
        assert one.low is not None or one.high is not None
    for block in (1, 2):
        assert len(cells_of_block(plan, block, KNOWN, Machine())) == len(plan.arms) * len(
            plan.parts_in(block)
        )


@given(st.integers(2, 6), st.integers(1, 30), st.integers(0, 10**6))
def test_every_arm_stands_once_in_every_slot_of_as_many_blocks_as_there_are_arms(
    size: int, blocks: int, seed: int
) -> None:
    arms = [f"arm-{number}" for number in range(size)]
    orders = list(balanced_orders(arms, blocks, seed))
    assert len(orders) == blocks
    for start in range(0, blocks - size + 1, size):
        square = orders[start : start + size]
        for position in range(size):
            assert Counter(order[position] for order in square) == Counter(arms)


def test_orders_come_from_the_seed_and_differ_between_seeds() -> None:
    arms = ("a", "b", "c", "d")
    assert list(balanced_orders(arms, 20, 3)) == list(balanced_orders(arms, 20, 3))
    assert list(balanced_orders(arms, 20, 3)) != list(balanced_orders(arms, 20, 4))


def test_the_arms_of_a_block_share_a_seed_and_no_two_blocks_do() -> None:
    plan = designed(parts=("load",), seed=5)
    first, second = (cells_of_block(plan, block, KNOWN, Machine()) for block in (1, 2))
    assert {cell.plan.seed for cell in first} == {5}
    assert {cell.plan.seed for cell in second} == {6}
    assert [cell.plan.arm["batch"] for cell in first] == list(plan.orders[0])


def test_any_level_of_the_factor_is_an_arm() -> None:
    plan = designed(arms=("200", "333"))
    assert plan.arms["333"] == {"batch": "333"}
    assert [one.arm for one in plan.hypotheses] == ["200"]


@pytest.mark.parametrize("name", sorted(EXPERIMENTS))
def test_every_arm_of_a_paced_load_shows_as_many_impressions_as_the_others(name: str) -> None:
    plan = designed(name)
    loads = [part for part in plan.parts if "workload" in part.levels]
    for part in loads:
        totals = {
            arm: planned(workload_of({**part.levels, **levels}), plan.seed)[1]
            for arm, levels in plan.arms.items()
        }
        assert len(set(totals.values())) == 1, f"{part.name}: {totals}"


def test_the_last_views_of_a_load_are_flushed_after_whatever_delay() -> None:
    plan = designed("flush-delay", parts=("load",))
    [part] = plan.parts
    for levels in plan.arms.values():
        workload = workload_of({**part.levels, **levels})
        last = schedule(workload, plan.seed)[-1]
        assert workload.total == 28_000
        assert last.at_s - last.shown_at_s[0] == pytest.approx(workload.flush_delay_s, abs=1e-6)


def test_a_budget_takes_the_blocks_that_fit() -> None:
    whole = designed(parts=("load",))
    fits = designed(parts=("load",), budget_min=5.5 * whole.block_about_s / 60)
    assert fits.blocks == 5
    assert designed(parts=("load",), budget_min=1e6).blocks == whole.blocks
    with pytest.raises(UsageError, match=r"none fits into 0\.1 min"):
        designed(budget_min=0.1)


def test_a_part_that_is_rare_is_counted_as_often_as_it_is_done() -> None:
    """Two slots of the same scenario and levels; the rare one in blocks 1, 8, 15 and 22."""
    definition = EXPERIMENTS["batch-size"]
    [often] = [part for part in definition.parts if part.name == "load"]
    rare = msgspec.structs.replace(often, name="rare", every=7)
    both = msgspec.structs.replace(definition, parts=[often, rare], expected=[])
    one = design(Wanted(name="x", parts=("load",)), both, KNOWN, command="")
    two = design(Wanted(name="x"), both, KNOWN, command="")
    slots_s = one.block_about_s - 6
    assert two.block_about_s * 22 == pytest.approx(22 * one.block_about_s + 4 * slots_s)
    budget_min = (2 * one.block_about_s + slots_s) / 60 + 0.01  # the first is twice as long
    assert design(Wanted(name="x", budget_min=budget_min), both, KNOWN, command="").blocks == 2


def test_batch_size_takes_less_than_half_an_hour() -> None:
    plan = designed()
    assert plan.blocks * plan.block_about_s < 30 * 60
    assert {part.name for part in plan.parts_in(1)} == {part.name for part in plan.parts}
    assert [part.name for part in plan.parts_in(2)] == ["load"]


def test_a_part_that_is_asked_for_alone_is_done_in_every_block() -> None:
    plan = designed(parts=("knee",))
    assert [part.name for part in plan.parts_in(2)] == ["knee"]
    [knee, crash] = designed("flush-delay", parts=("crash-roadmap", "crash-durable")).parts
    assert (knee.every, crash.every) == (1, 2)
    assert [part.every for part in designed(parts=("load", "knee")).parts] == [1, 22]


def test_two_looks_where_the_first_can_decide_and_one_where_it_cannot() -> None:
    assert [look.blocks for look in designed().looks] == [11, 22]
    assert [look.blocks for look in designed(blocks=10).looks] == [10]


def test_the_margin_is_that_of_every_figure() -> None:
    plan = designed(margin_percent=2.5)
    assert {metric.margin_percent for part in plan.parts for metric in part.metrics} == {2.5}


@pytest.mark.parametrize(
    ("wanted", "line"),
    [
        ({"arms": ("100",)}, "the control 200 is not among the arms 100"),
        ({"arms": ("200",)}, "one arm is nothing to compare"),
        ({"control": "7"}, "the control 7 is not among the arms"),
        ({"parts": ("walking",)}, "there is no part 'walking'"),
        ({"arms": ("200", "many")}, "arm many is 'many'. Write a whole number"),
    ],
)
def test_what_cannot_be_compared_is_one_line(wanted: dict[str, object], line: str) -> None:
    with pytest.raises(UsageError) as refused:
        designed(**wanted)
    assert line in refused.value.line


def test_an_arm_is_one_of_the_experiment_s_where_it_has_no_factor() -> None:
    with pytest.raises(UsageError, match="there is no arm 'sideways'"):
        designed("coalescing", arms=("apart", "sideways"))


def test_a_part_that_is_missing_is_named_with_what_brings_it() -> None:
    cells = cells_of_block(designed(), 1, KNOWN, Machine("chromium"))
    with pytest.raises(HarnessError, match="random_endings cannot run here") as refused:
        refuse_what_lacks(cells)
    assert refused.value.hint == "get chromium"


def test_of_another_system_what_it_lacks_is_named_and_no_loss_is_expected() -> None:
    """Presets are those of the reference's recorder; a page of unknown rules has none of them."""
    with_a_page = TargetOffer(
        offered=frozenset({Capability.DATABASE, Capability.PAGE}), excuses_losses=False
    )
    cells = cells_of_block(designed(), 1, KNOWN, Machine(), with_a_page)
    reasons = {cell.plan.scenario: cell.not_run and cell.not_run.reason for cell in cells}
    assert reasons["paced_load"] is None
    assert "a recorder whose rules are known" in str(reasons["random_endings"])
    assert all(cell.plan.expected is None for cell in cells)
    with pytest.raises(HarnessError, match="random_endings cannot run here") as refused:
        refuse_what_lacks(cells)
    assert refused.value.hint == "--part NAME runs one part alone"


def test_a_mistake_in_the_file_is_one_line_with_file_and_field(tmp_path: Path) -> None:
    file = tmp_path / "experiments.toml"
    file.write_text(
        'format = 1\n[experiments.x]\nquestion = "?"\ncontrol = "a"\narms = { a = 1 }\nparts = []\n'
    )
    with pytest.raises(UsageError) as refused:
        load_experiments(file)
    assert str(file) in refused.value.line
    assert "arms" in refused.value.line
