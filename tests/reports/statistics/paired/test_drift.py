"""Drift: all metrics at once, and a canary that runs no arm's code."""

from __future__ import annotations

import numpy as np
import pytest

from reports.statistics.paired import drift
from reports.statistics.paired.drift import canary, metrics_drift
from reports.statistics.paired.permutation import generator


def test_most_metrics_that_shift_the_same_way_alarm() -> None:
    found = metrics_drift({"p95": 0.04, "age": 0.05, "cpu": 0.03, "rows": 0.0}, beyond=0.02)
    assert found.alarm
    assert (found.worse, found.better, found.metrics) == (3, 0, 4)
    assert found.shift == pytest.approx(0.035)
    assert found.sentence.startswith("3 of 4 metrics are worse by more than 2.0 % (the median")


@pytest.mark.parametrize(
    "shifts",
    [
        {"a": 0.5, "b": 0.0, "c": 0.0},
        {"a": 0.5, "b": 0.5, "c": -0.5, "d": -0.5},
        {"a": 0.5, "b": 0.5},
        {"a": 0.02, "b": 0.02, "c": 0.02},
        {"a": -0.02, "b": -0.02, "c": -0.02},
    ],
)
def test_one_of_them_half_of_them_two_or_a_little_do_not(shifts: dict[str, float]) -> None:
    found = metrics_drift(shifts, beyond=0.02)
    assert not found.alarm
    assert found.sentence.startswith("the median metric shifted by ")


def test_better_by_all_metrics_is_as_suspicious() -> None:
    found = metrics_drift({"a": -0.2, "b": -0.1, "c": -0.3}, beyond=0.02)
    assert found.alarm
    assert "3 of 3 metrics are better" in found.sentence
    wide = metrics_drift(dict.fromkeys("abc", np.log(3)), beyond=np.log(2))
    assert wide.sentence == (
        "3 of 3 metrics are worse by more than 100.0 % (the median metric shifted by +200.0 %): "
        "the machine may have differed for this arm"
    )
    with pytest.raises(ValueError, match="no metrics"):
        metrics_drift({}, beyond=0.02)


def test_a_canary_that_changes_within_a_block_names_it() -> None:
    durations = np.array([[10.0, 11.0], [10.0, 11.1], [20.0, 20.0]])
    found = canary(durations, np.array([[0, 1], [1, 0], [0, 1]]))
    assert found.blocks == (1,)
    assert found.p > 0.05
    assert found.sentence == "the machine changed by more than 10 % in 1 of 3 blocks"
    calm = canary(durations, np.array([[0, 1], [1, 0], [0, 1]]), ratio=1.2)
    assert calm.sentence == "the machine stayed within 20 % in each of 3 blocks"
    wide = canary(durations, np.array([[0, 1], [1, 0], [0, 1]]), ratio=2.0)
    assert wide.sentence == "the machine stayed within 100 % in each of 3 blocks"


def test_one_block_shows_its_own_effects_and_nothing_certain() -> None:
    found = canary(np.exp(np.array([[0.1, 0.3]])), np.array([[1, 0]]))
    assert found.effects == pytest.approx([0.1, -0.1])
    assert found.p == 1.0


def test_an_arm_that_ran_in_slow_blocks_alone_did_not_slow_them() -> None:
    found = canary(np.array([[10.0, 10.0], [20.0, 20.0]]), np.array([[0, 1], [0, 2]]))
    assert found.effects.tolist() == [0.0, 0.0, 0.0]
    assert found.p == 1.0


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_machine_that_is_slower_or_faster_beside_one_arm_is_found(
    sign: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = generator("canary")
    arms = chance.random((12, 3)).argsort(axis=1)
    logs = 0.01 * chance.normal(size=(12, 3)) + sign * 0.03 * (arms == 2)
    found = canary(np.exp(logs), arms)
    assert found.p <= 0.01
    assert found.effects == pytest.approx(sign * np.array([-0.01, -0.01, 0.02]), abs=0.01)
    assert found.sentence.endswith(f"and not alike for all arms (p = {found.p:.3f})")
    monkeypatch.setattr(drift, "SIGNIFICANT_P", found.p)
    assert "not alike" not in canary(np.exp(logs), arms).sentence


def test_a_machine_that_is_slower_in_one_slot_is_no_arms_fault() -> None:
    """Chance is blind to the arms: its p is at most .05 in about 5 % of 200 experiments."""
    chance = generator("canary null")
    small = 0
    for _ in range(200):
        arms = chance.random((9, 3)).argsort(axis=1)
        logs = 0.02 * chance.normal(size=(9, 3)) + np.array([0.0, 0.0, 0.02])
        small += canary(np.exp(logs), arms).p <= 0.05
    assert 2 <= small <= 20


def test_a_duration_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="not positive"):
        canary(np.array([[1.0, 0.0]]), np.array([[0, 1]]))
