"""Simulated experiments have the truth that they are given, and end as planned."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.experiments.simulation import (
    SHAPES,
    Truth,
    carried_out,
    remembered,
    standard,
)
from reports.statistics.paired.looks import LookPlan
from reports.statistics.paired.permutation import generator


@pytest.mark.parametrize("shape", SHAPES)
def test_noise_has_mean_zero_and_variance_one(shape: str) -> None:
    drawn = standard(generator(shape), shape, (400_000,))
    assert drawn.mean() == pytest.approx(0.0, abs=0.01)
    assert drawn.std() == pytest.approx(1.0, abs=0.2 if shape != "normal" else 0.01)


def test_memory_keeps_a_share_and_the_variance() -> None:
    values = remembered(generator("memory").normal(size=(50_000, 1)), 0.5)[:, 0]
    assert np.corrcoef(values[1:], values[:-1])[0, 1] == pytest.approx(0.5, abs=0.02)
    assert values.std() == pytest.approx(1.0, abs=0.02)


def test_an_experiment_has_its_effects_and_pairing_removes_the_drift() -> None:
    truth = Truth(blocks=4_000, effects=(0.1, -0.2), noise=0.01, drift=1.0)
    values = truth.of(1)
    assert values.shape == (4_000, 3)
    assert values[:, 0].std() == pytest.approx(1.0, abs=0.2)
    d = values[:, 1:] - values[:, :1]
    assert d.mean(axis=0) == pytest.approx([0.1, -0.2], abs=0.002)
    assert d.std(axis=0) == pytest.approx([0.0141, 0.0141], abs=0.001)
    assert (truth.of(1) == values).all()
    assert (truth.of(2) != values).all()


def test_a_clear_effect_ends_it_at_the_first_look() -> None:
    ended = carried_out(Truth(blocks=24, effects=(0.3,)).of(0), margin=0.05)
    assert ended.verdicts() == ["worse"]
    assert ended.blocks == 12
    assert ended.decisions["1"].level == 1 - LookPlan(blocks=24).looks()[0].alpha
    late = carried_out(Truth(blocks=24, effects=(0.3,)).of(0), margin=0.05, looks=False)
    assert (late.blocks, late.decisions["1"].level) == (24, 0.95)


def test_a_decided_arm_keeps_its_decision_while_the_others_go_on() -> None:
    values = Truth(blocks=24, effects=(0.3, 0.05)).of(3)
    values[12:, 1] -= 0.6  # what comes later would say the opposite
    ended = carried_out(values, margin=0.05)
    assert ended.blocks == 24
    assert ended.decisions["1"].verdict == "worse"
    assert [one.blocks for one in ended.decisions.values()] == [12, 24]
