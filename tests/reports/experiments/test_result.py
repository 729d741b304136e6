"""An experiment's result from hand-written figures."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from harness.core.clock import seeded_random
from harness.ledger.experiment import Hypothesis, Metric
from reports.experiments.result import Comparison, Result, analyse
from reports.statistics.paired.decision import percent
from tests.reports.experiments.stored import (
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
    assert np.isnan(found.logs).nonzero()[0].tolist() == [2]
    assert found.decision is not None
    assert found.decision.blocks == 9
    assert result.uncounted == {"b (load): the generator was late": 1}


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
