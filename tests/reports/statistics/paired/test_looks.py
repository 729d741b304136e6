"""Planned looks: when, and with how much of the error each."""

from __future__ import annotations

import numpy as np
import pytest

from reports.statistics.paired.looks import Look, LookPlan, crossing, spent
from reports.statistics.paired.permutation import generator


def test_half_of_the_blocks_may_spend_little() -> None:
    """z = 1.96 · √2 = 2.772, beyond which lie 0.557 %; at the end it is all of it."""
    assert spent(0.05, 0.5) == pytest.approx(0.00557, abs=1e-5)
    assert spent(0.05, 1.0) == pytest.approx(0.05)


def test_two_looks_at_half_and_all() -> None:
    first, last = LookPlan(blocks=24).looks()
    assert (first.blocks, last.blocks) == (12, 24)
    assert first.alpha == pytest.approx(0.00557, abs=1e-5)
    assert last.alpha == pytest.approx(0.0478, abs=1e-4)


@pytest.mark.parametrize(("arms", "least"), [(1, 9), (3, 11)])
def test_a_first_look_that_could_decide_nothing_is_left_out(arms: int, least: int) -> None:
    """2 / 2⁹ = 0.0039 is below 0.0056; 2 / 2¹¹ = 0.0010 is below a third of it, 2 / 2¹⁰ is not."""
    first, _ = LookPlan(blocks=2 * least, arms=arms).looks()
    assert first.blocks == least
    fewer = LookPlan(blocks=2 * least - 2, arms=arms)
    assert fewer.looks() == (Look(blocks=2 * least - 2, alpha=0.05),)


@pytest.mark.parametrize("arms", [1, 2, 3, 6])
@pytest.mark.parametrize("blocks", [24, 25, 60])
def test_no_step_of_holm_crosses_more_often_than_promised(arms: int, blocks: int) -> None:
    first, last = LookPlan(blocks=blocks, arms=arms).looks()
    share = first.blocks / blocks
    chances = [crossing(first.alpha / m, last.alpha / m, share) * m for m in range(1, arms + 1)]
    assert max(chances) == pytest.approx(0.05, abs=1e-9)


def test_the_chance_of_crossing_is_that_of_a_simulation() -> None:
    chance = generator("crossing").normal(size=(2, 200_000))
    z, final = chance[0], np.sqrt(0.4) * chance[0] + np.sqrt(0.6) * chance[1]
    met = (np.abs(z) > 2.326) | (np.abs(final) > 1.96)  # two-sided 2 % and 5 %
    assert crossing(0.02, 0.05, 0.4) == pytest.approx(met.mean(), abs=0.002)


def test_looks_that_share_nothing_cross_independently() -> None:
    assert crossing(0.01, 0.05, 0.0) == pytest.approx(1 - 0.99 * 0.95)


@pytest.mark.parametrize("plan", [{"blocks": 0}, {"blocks": 9, "arms": 0}])
def test_no_plan(plan: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no plan"):
        LookPlan(**plan).looks()
    for alpha in (0.0, 1.0):
        with pytest.raises(ValueError, match="no plan"):
            LookPlan(blocks=20, alpha=alpha).looks()
    assert LookPlan(blocks=1).looks() == (Look(blocks=1, alpha=0.05),)
