"""Several arms at one look: Holm's correction over all of them."""

from __future__ import annotations

import numpy as np

from reports.statistics.paired.arms import SlotShift, decide_arms
from reports.statistics.paired.decision import decide
from reports.statistics.paired.looks import Look

SHAPE = 0.01 * np.array([0.4, -0.9, 0.1, 1.0, -0.5, -0.1, 0.8, -0.8, 0.3, -0.4, 0.6, -0.5])


def test_one_arm_is_decided_at_the_looks_level() -> None:
    look = Look(blocks=12, alpha=0.01)
    found = decide_arms({"a": SHAPE + 0.1}, look, margin=0.05)
    assert found["a"] == decide(SHAPE + 0.1, margin=0.05, level=0.99)


def test_the_more_arms_the_smaller_a_p_has_to_be() -> None:
    """p is 2/2⁷ = .0156 with seven blocks: enough for one arm, and for two with one threshold."""
    d = SHAPE[:7] + 0.1
    look = Look(blocks=7, alpha=0.05)
    assert decide_arms({"a": d}, look, margin=0.0)["a"].verdict == "worse"
    three = decide_arms({"a": d, "b": -d, "c": SHAPE[:7]}, look, margin=0.0)
    assert [one.verdict for one in three.values()] == ["worse", "better", "undecided"]
    four = decide_arms({"a": d, "b": -d, "c": SHAPE[:7], "e": SHAPE[:7]}, look, margin=0.0)
    assert [one.verdict for one in four.values()] == ["undecided"] * 4


def test_equivalence_is_not_corrected() -> None:
    arms = dict.fromkeys("abcdef", SHAPE)
    found = decide_arms(arms, Look(blocks=12, alpha=0.05), margin=0.05)
    assert {one.verdict for one in found.values()} == {"equivalent"}


def test_higher_may_be_better_and_slots_count_for_their_own_arm() -> None:
    arms = {"a": SHAPE + 0.1, "b": SHAPE + 0.1}
    found = decide_arms(
        arms,
        Look(blocks=12, alpha=0.05),
        margin=0.05,
        lower_is_better=False,
        slots={"b": SlotShift(p=0.01, bias=0.09)},
    )
    assert found["a"].verdict == "better"
    assert found["b"].verdict == "undecided"


def test_differences_in_a_unit_have_their_margin_and_their_words() -> None:
    def shown(value: float) -> str:
        return f"{value:.1f} rows"

    look = Look(blocks=12, alpha=0.05)
    arms = {"a": 100 * SHAPE + 2.0}
    found = decide_arms(arms, look, margin=0.05, limit=5.0, shown=shown)
    assert found["a"] == decide(arms["a"], margin=0.05, limit=5.0, shown=shown)
    assert found["a"].verdict == "equivalent"
    assert found["a"].notes[-1].endswith("rows")
    assert decide_arms(arms, look, margin=0.05, shown=shown)["a"].verdict == "worse"
