"""An experiment's result from hand-written figures."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from harness.core.clock import seeded_random
from harness.ledger.experiment import Hypothesis, Metric, block_directory
from reports.experiments.result import Comparison, Result, analyse
from reports.statistics.paired.decision import percent
from reports.verdict.verdict import Verdict
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


def noisy(factor: float, blocks: int, seed: int = 1) -> list[float]:
    """Return figures around a hundred times the factor, half a percent apart."""
    chance = seeded_random(seed, f"figures {factor}")
    return [100 * factor * math.exp(chance.gauss(0, 0.005)) for _ in range(blocks)]


def compared(directory: Path, factor: float, *, blocks: int = 9, better: str = "lower") -> Result:
    metric = Metric(measure=MEASURE, title="x", better=better)  # type: ignore[arg-type]
    plan = plan_of(blocks=9, parts=(replace(LOAD, metrics=(metric,)),))
    figures = {"a": noisy(factor, blocks), "b": noisy(1.0, blocks, 2)}
    return analyse(directory, store(directory, plan, figures))


def only(result: Result) -> Comparison:
    [comparison] = result.comparisons
    return comparison


@pytest.mark.parametrize(
    ("factor", "better", "verdict"),
    [
        (0.8, "lower", "better"),
        (1.25, "lower", "worse"),
        (0.8, "higher", "worse"),
        (1.01, "lower", "equivalent"),
        (1.05, "lower", "undecided"),
    ],
)
def test_an_arm_is_better_worse_equivalent_or_undecided(
    tmp_path: Path, factor: float, better: str, verdict: str
) -> None:
    result = compared(tmp_path, factor, better=better)
    found = only(result)
    assert found.verdict == verdict
    assert result.is_decided is (verdict != "undecided")
    assert found.decision is not None
    assert percent(found.decision.estimate) == pytest.approx(100 * (factor - 1), abs=1.5)
    assert found.arm_value == pytest.approx(100 * factor, rel=0.01)


def test_nothing_is_decided_before_the_first_planned_look(tmp_path: Path) -> None:
    result = compared(tmp_path, 0.5, blocks=8)
    assert result.look is None
    assert only(result).verdict == "undecided"
    assert not result.is_decided


def test_a_verdict_rests_on_the_blocks_of_its_look_and_no_further(tmp_path: Path) -> None:
    plan = plan_of(blocks=24, looks=((12, 0.01), (24, 0.04)))
    figures = {"a": noisy(0.8, 12) + [500.0] * 5, "b": noisy(1.0, 17, 2)}
    result = analyse(tmp_path, store(tmp_path, plan, figures))
    assert result.look == plan.looks[0]
    found = only(result)
    assert found.verdict == "better"
    assert found.decision is not None
    assert found.decision.blocks == 12
    assert len(result.blocks) == 17


def test_a_block_without_the_control_says_nothing_of_an_arm(tmp_path: Path) -> None:
    plan = plan_of(blocks=10, looks=((10, 0.05),))
    for block in range(1, 11):
        cells = [
            cell_of(plan, block, LOAD, arm, **{MEASURE: 80.0 if arm == "a" else 100.0})
            for arm in plan.orders[block - 1]
        ]
        if block == 3:
            cells = [undecided(c) if "letter=b" in c.arm else c for c in cells]
        store_block(tmp_path, plan, block, cells)
    result = analyse(tmp_path, plan)
    found = only(result)
    assert found.missing == 1
    assert np.isnan(found.by_block).nonzero()[0].tolist() == [2]
    assert found.decision is not None
    assert found.decision.blocks == 9
    [left_out] = result.undecided
    assert (left_out.arm, left_out.blocks, left_out.of) == ("b", (3,), 10)


def test_an_arm_that_is_faster_and_loses_is_named_as_a_loser(tmp_path: Path) -> None:
    plan = plan_of(blocks=9)
    for block in range(1, 10):
        cells = [
            cell_of(plan, block, LOAD, arm, **{MEASURE: 80.0 if arm == "a" else 100.0})
            for arm in plan.orders[block - 1]
        ]
        cells = [lossy(c, 1) if "letter=a" in c.arm else c for c in cells]
        store_block(tmp_path, plan, block, cells)
    result = analyse(tmp_path, plan)
    [loser] = result.losers
    assert (loser.arm, loser.lost, loser.shown) == ("a", 9, 900)
    assert result.is_decided


def test_several_arms_need_more_than_one(tmp_path: Path) -> None:
    """Nine blocks can show one arm at 5 %; with five arms Holm asks more of each than 2 / 2⁹ of a
    look that may spend 1 %."""
    arms = ("a", "b", "c", "d", "e", "f")
    plan = plan_of(arms, blocks=9, looks=((9, 0.01),))
    figures = {arm: noisy(0.8 if arm != "b" else 1.0, 9, n) for n, arm in enumerate(arms)}
    result = analyse(tmp_path, store(tmp_path, plan, figures))
    assert {c.verdict for c in result.comparisons} == {"undecided"}
    alone = analyse(
        tmp_path / "x",
        store(
            tmp_path / "x", plan_of(looks=((9, 0.01),)), {"a": noisy(0.8, 9), "b": noisy(1.0, 9, 2)}
        ),
    )
    assert only(alone).verdict == "better"


def test_hypotheses_are_answered(tmp_path: Path) -> None:
    says = Hypothesis(
        arm="a",
        part="load",
        measure=MEASURE,
        says="a fifth less",
        low=-25,
        high=-15,
        relative_to="b",
    )
    plan = plan_of(hypotheses=(says,))
    figures = {"a": noisy(0.8, 9), "b": noisy(1.0, 9, 2)}
    [found] = analyse(tmp_path, store(tmp_path, plan, figures)).answers
    assert found.agreement == "agrees"


def test_where_losses_alone_are_compared_all_blocks_decide(tmp_path: Path) -> None:
    plan = plan_of(blocks=2, looks=((2, 0.05),), parts=(replace(LOAD, metrics=()),))
    figures = {"a": [1.0, 2.0], "b": [1.0, 2.0]}
    assert analyse(tmp_path, store(tmp_path, plan, figures)).is_decided
    fewer = tmp_path / "fewer"
    assert not analyse(fewer, store(fewer, plan, {"a": [1.0], "b": [1.0]})).is_decided


def test_an_empty_experiment_has_a_result(tmp_path: Path) -> None:
    plan = plan_of()
    result = analyse(tmp_path, plan)
    assert result.blocks == []
    assert only(result).decision is None
    assert not result.is_decided


def changed(
    directory: Path, changes: dict[tuple[int, str], Verdict], *, blocks: int = 10
) -> Result:
    """Return the result where ``a`` takes 20 % less, and these slots have another verdict."""
    plan = plan_of(blocks=blocks, looks=((blocks, 0.05),))
    for block in range(1, blocks + 1):
        cells = []
        for arm in plan.orders[block - 1]:
            cell = cell_of(plan, block, LOAD, arm, **{MEASURE: 80.0 if arm == "a" else 100.0})
            verdict = changes.get((block, arm))
            reason = "acks_after_commit: early"
            cells.append(replace(cell, verdict=verdict, reason=reason) if verdict else cell)
        store_block(directory, plan, block, cells)
    return analyse(directory, plan)


def test_an_arm_with_one_slot_that_fails_is_no_winner(tmp_path: Path) -> None:
    result = changed(tmp_path, {(4, "a"): Verdict.FAIL})
    assert (result.no_winners, result.is_decided, result.losers) == ({"a"}, True, [])
    assert [(one.check, one.blocks) for one in result.gating] == [("acks_after_commit", (4,))]
    assert only(result).verdict == "better", "its figure is what it is"


def test_a_control_that_fails_is_no_winner_and_the_others_are_compared(tmp_path: Path) -> None:
    result = changed(tmp_path, {(4, "b"): Verdict.FAIL})
    assert (result.no_winners, result.is_decided) == ({"b"}, True)


@pytest.mark.parametrize("arm", ["a", "b"])
@pytest.mark.parametrize(("missing", "verdict"), [(2, "better"), (3, "undecided")])
def test_more_than_a_fifth_of_the_blocks_without_a_ratio_decide_nothing(
    missing: int, verdict: str, arm: str, tmp_path: Path
) -> None:
    result = changed(tmp_path, {(n + 1, arm): Verdict.UNKNOWN for n in range(missing)})
    found = only(result)
    assert (found.verdict, found.missing, found.of) == (verdict, missing, 10)
    assert result.is_decided is (verdict == "better")
    assert found.decision is not None
    if verdict == "undecided":
        assert found.decision.notes[-1].startswith("3 of 10 blocks have no such figure of both")
        assert found.decision.more_blocks is None


def test_a_part_in_which_nothing_is_known_of_an_arm_leaves_it_undecided(tmp_path: Path) -> None:
    crash = replace(LOAD, name="crash", metrics=(), every=5)
    plan = plan_of(blocks=10, looks=((10, 0.05),), parts=(LOAD, crash))
    for block in range(1, 11):
        cells = [
            cell_of(plan, block, part, arm, **{MEASURE: 80.0 if arm == "a" else 100.0})
            for part in plan.parts_in(block)
            for arm in plan.orders[block - 1]
        ]
        cells[2:] = [undecided(c) if "letter=a" in c.arm else c for c in cells[2:]]
        store_block(tmp_path, plan, block, cells)
    result = analyse(tmp_path, plan)
    assert only(result).verdict == "better"
    assert [(one.part, one.arm, one.of) for one in result.unheard] == [("crash", "a", 2)]
    assert not result.is_decided


def test_what_fails_or_is_lost_after_the_last_look_is_not_hidden(tmp_path: Path) -> None:
    plan = plan_of(blocks=24, looks=((12, 0.01), (24, 0.04)))
    store(tmp_path, plan, {"a": noisy(0.8, 13), "b": noisy(1.0, 13, 2)})
    shutil.rmtree(block_directory(tmp_path, 13))
    cells = [cell_of(plan, 13, LOAD, arm, **{MEASURE: 90.0}) for arm in plan.orders[12]]
    store_block(tmp_path, plan, 13, [lossy(cells[0], 7), cells[1]])
    result = analyse(tmp_path, plan)
    assert result.look == plan.looks[0]
    assert result.no_winners == {"a"}
    assert [loss.lost for loss in result.losses] == [7, 0]


def zeros(directory: Path, a: list[float], b: list[float], better: str = "lower") -> Comparison:
    """Return the comparison of ``a`` with the control ``b``, whose figures may be zero."""
    metric = Metric(measure=MEASURE, title="x", better=better)  # type: ignore[arg-type]
    blocks = len(a)
    parts = (replace(LOAD, metrics=(metric,)),)
    plan = plan_of(blocks=blocks, looks=((blocks, 0.05),), parts=parts)
    return only(analyse(directory, store(directory, plan, {"a": a, "b": b})))


@pytest.mark.parametrize(
    ("a", "b", "better", "verdict"),
    [
        ([0.0] * 9, [3.0, 4, 5, 3, 4, 5, 3, 4, 5], "lower", "better"),
        ([3.0, 4, 5, 3, 4, 5, 3, 4, 5], [0.0] * 9, "lower", "worse"),
        ([3.0, 4, 5, 3, 4, 5, 3, 4, 5], [0.0] * 9, "higher", "better"),
        ([0.0] * 9, [0.0] * 9, "lower", "equivalent"),
        ([0.0] * 4, [0.0] * 4, "lower", "undecided"),
        ([0.0, 1, 0, 1, 0, 1, 0, 1, 0], [1.0, 0, 1, 0, 1, 0, 1, 0, 1], "lower", "undecided"),
        ([100.0, 0, 100, 100, 100, 100, 100, 100, 100], [101.0] * 9, "lower", "undecided"),
        ([-3.0] * 9, [-2.0] * 9, "lower", "better"),
    ],
)
def test_a_figure_that_is_zero_somewhere_is_compared_in_its_unit(
    a: list[float], b: list[float], better: str, verdict: str, tmp_path: Path
) -> None:
    found = zeros(tmp_path, a, b, better)
    assert (found.scale, found.verdict, found.missing) == ("difference", verdict, 0)
    assert found.by_block.tolist() == pytest.approx([x - y for x, y in zip(a, b, strict=True)])


def test_the_margin_in_a_unit_is_a_share_of_the_control_s_median(tmp_path: Path) -> None:
    """5 % of a hundred: two more are equivalent, eight more are worse, whatever one zero does."""
    base = [100.0] * 19 + [0.0]
    near = zeros(tmp_path / "near", [102.0] * 19 + [2.0], base)
    assert near.verdict == "equivalent"
    far = zeros(tmp_path / "far", [108.0 + n % 3 for n in range(19)] + [9.0], base)
    assert far.verdict == "worse"
    assert far.decision is not None
    assert far.decision.estimate == pytest.approx(9, abs=0.2)


def test_without_a_zero_nothing_changes(tmp_path: Path) -> None:
    found = zeros(tmp_path, [80.0] * 9, [100.0] * 9)
    assert (found.scale, found.verdict) == ("ratio", "better")
