"""Order in time and slots: found when they matter, and allowed for."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from reports.statistics.paired import permutation
from reports.statistics.paired.dependence import (
    allow_for_order,
    lag1,
    slot_bias,
    slot_effect,
    stretched,
    super_blocks,
)
from reports.statistics.paired.permutation import generator

Floats = npt.NDArray[np.float64]


def test_neighbours_by_hand() -> None:
    """1, 2, 3, 4 deviate by 1.5, .5, .5, 1.5: (.75 - .25 + .75) / 5; two of 24 orders do."""
    assert lag1(np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx((0.25, 2 / 24))
    assert lag1(np.array([2.0, 3.0, 1.0, 4.0])).p > 0.5
    assert lag1(np.array([1.0, 2.0, 3.0])) == pytest.approx((0.0, 2 / 6))


@pytest.mark.parametrize("unit", [1e-30, 1.0, 1e30])
def test_neighbours_are_as_alike_in_every_unit(unit: float) -> None:
    assert lag1(unit * np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx((0.25, 2 / 24))


def test_no_variation_and_no_blocks_have_no_order() -> None:
    for d in ([], [0.1], [0.1, 0.2], [0.1] * 10, [0.0] * 4):
        assert lag1(np.array(d)) == (0.0, 1.0)


def test_alternating_blocks_are_no_danger() -> None:
    d = np.array([0.1, -0.1] * 6)
    assert lag1(d).r == pytest.approx(-11 / 12)
    assert lag1(d).p > 0.99
    assert allow_for_order(d, 0.95) == (1.0, 12.0, lag1(d))


def test_an_order_as_random_as_the_average_one_gets_no_allowance() -> None:
    """Half of the orders of these five have neighbours that are at least as much alike."""
    d = np.array([1.0, 0.0, 0.0, 0.0, 1.0])
    assert lag1(d).p == 0.5
    assert allow_for_order(d, 0.95).factor == 1.0


def test_a_p_of_order_is_small_as_rarely_as_it_says() -> None:
    chance = generator("lag null")
    small = sum(lag1(chance.normal(size=12)).p <= 0.1 for _ in range(400))
    assert 22 <= small <= 58  # 40 are expected, three deviations are 18


def test_the_allowance_by_hand() -> None:
    """Of 1 … 12, r = 3/4: its corrected value is (12 · .75 + 1) / 8, far above the most, 0.7.

    Then variance grows 17/3 times, 12 blocks are worth about two, and four degrees of freedom are
    the fewest.
    """
    found = allow_for_order(np.arange(1.0, 13.0), 0.95)
    assert found.lag1.r == pytest.approx(0.75)
    assert found.worth == pytest.approx(36 / 17)
    grown = 17 / 3
    expected = math.sqrt(grown * 11 / (12 - grown)) * 2.776 / 2.201
    assert found.factor == pytest.approx(expected, rel=1e-3)


def test_the_least_that_a_sample_variance_is_divided_by_is_one_block() -> None:
    """Six blocks that are worth one, less what their mean takes: 6 - 17/3 is a third."""
    found = allow_for_order(np.arange(1.0, 7.0), 0.95)
    assert found.factor == pytest.approx(math.sqrt(17 / 3 * 5) * 2.776 / 2.571, rel=1e-3)


def test_a_milder_order_by_hand() -> None:
    """Corrected, plus 0.35 standard errors; the three factors of the docstring."""
    d = np.array([1.0, 3.0, 2.0, 5.0, 4.0, 3.0, 1.0, 2.0, 0.0, 1.0, 4.0, 3.0, 2.0, 4.0, 5.0, 2.0])
    found = allow_for_order(d, 0.95)
    rho = (16 * found.lag1.r + 1) / 12 + 0.35 / 4
    grown = (1 + rho) / (1 - rho)
    assert 0.2 < rho < 0.7
    assert found.worth == pytest.approx(16 / grown)
    quantiles = stats.t.ppf(0.975, found.worth - 1) / stats.t.ppf(0.975, 15)
    assert found.worth > 5
    assert found.factor == pytest.approx(math.sqrt(grown * 15 / (16 - grown)) * quantiles)


def test_four_blocks_get_no_allowance() -> None:
    assert allow_for_order(np.array([1.0, 2.0, 3.0, 4.0]), 0.95).factor == 1.0
    assert allow_for_order(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 0.95).factor > 1.0


def test_stretching_keeps_the_centre() -> None:
    assert stretched(np.array([1.0, 2.0, 4.0]), 2.0, 3.0).tolist() == [-1.0, 2.0, 8.0]


def test_super_blocks_leave_out_the_earliest() -> None:
    assert super_blocks(np.arange(7.0), 2).tolist() == [1.5, 3.5, 5.5]
    assert super_blocks(np.arange(3.0), 1).tolist() == [0.0, 1.0, 2.0]
    assert super_blocks(np.arange(2.0), 3).tolist() == []
    with pytest.raises(ValueError, match="no super-block"):
        super_blocks(np.arange(3.0), 0)


def planted(
    blocks: int, effects: list[float], noise: float, purpose: str
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Log values of as many arms as slots: block, arm and slot effects, and noise."""
    chance = generator(purpose)
    slots = chance.random((blocks, len(effects))).argsort(axis=1)
    values = noise * chance.normal(size=slots.shape) + np.array(effects)[slots]
    return values + 3 * chance.normal(size=(blocks, 1)) + np.arange(len(effects)) / 5, slots


def test_without_noise_the_effects_are_exact() -> None:
    """Whatever blocks and arms add; the effects have mean zero."""
    values, slots = planted(6, [0.0, 0.03, 0.06], 0.0, "exact slots")
    found = slot_effect(values, slots)
    assert found.effects == pytest.approx([-0.03, 0.0, 0.03])
    assert found.p <= 0.01


def test_slots_of_which_one_stays_empty_in_every_block() -> None:
    """Two arms in two of three slots: blocks differ by the slots that they have, too."""
    values, slots = planted(12, [0.0, 0.03, 0.06], 0.0, "an empty slot")
    found = slot_effect(values[:, :2], slots[:, :2])
    assert found.effects == pytest.approx([-0.03, 0.0, 0.03])


def test_many_blocks_leave_the_effects_with_mean_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing shows what all slots have in common; rounding must not be taken for it."""
    monkeypatch.setattr(permutation, "DRAWS", 1)  # the effects need none
    effects = [-0.09, -0.07, -0.05, -0.03, -0.01, 0.01, 0.03, 0.05, 0.07, 0.09]
    for blocks in range(80, 120):
        found = slot_effect(*planted(blocks, effects, 0.0, f"many {blocks}"))
        assert found.effects == pytest.approx(effects, abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_what_blocks_and_arms_add_changes_no_p(seed: int) -> None:
    """In one of 36 draws three blocks are arranged alike: what is left there is rounding."""
    slots = np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1]])
    noise = generator(f"alike {seed}").normal(size=(3, 3))
    moved = noise + np.array([[100.0], [200.0], [300.0]]) + np.array([0.0, 10.0, 30.0])
    assert slot_effect(moved, slots).p == slot_effect(noise, slots).p


def test_exchanges_of_neighbours_are_enough_to_tell_slots_apart() -> None:
    """In ten blocks arm and slot are one but for one exchange in each of the last four."""
    slots = np.tile(np.arange(5), (10, 1))
    for block, first in enumerate(range(4), start=6):
        slots[block, [first, first + 1]] = first + 1, first
    effects = np.array([-0.04, -0.01, 0.0, 0.02, 0.03])
    found = slot_effect(effects[slots] + np.arange(10.0)[:, np.newaxis], slots)
    assert found.effects == pytest.approx(effects)


def test_without_effects_and_noise_every_arrangement_is_as_good() -> None:
    assert slot_effect(*planted(6, [0.0, 0.0, 0.0], 0.0, "nothing")).p == 1.0


def test_a_slot_that_costs_more_than_the_noise_is_found_in_most_experiments() -> None:
    found = [
        slot_effect(*planted(12, [0.0, 0.0, 0.0, 0.03], 0.02, f"power {seed}")).p <= 0.05
        for seed in range(20)
    ]
    assert sum(found) >= 12


def test_slots_that_do_not_matter_are_seldom_accused() -> None:
    found = [
        slot_effect(*planted(9, [0.0, 0.0, 0.0], 0.02, f"null {seed}")).p <= 0.1
        for seed in range(60)
    ]
    assert sum(found) <= 13  # 6 are expected, three deviations more


@pytest.mark.parametrize("blocks", [4, 8, 12])
@pytest.mark.parametrize("arms", [2, 3, 7])
def test_an_order_that_never_changes_shows_no_slot(blocks: int, arms: int) -> None:
    """Not even when a mean over the blocks is rounded."""
    with pytest.raises(ValueError, match="order never changes"):
        slot_effect(np.zeros((blocks, arms)), np.tile(np.arange(arms), (blocks, 1)))


def test_one_exchange_does_not_tell_three_slots_apart() -> None:
    one_exchange = np.array([[0, 1, 2], [0, 2, 1], [0, 1, 2]])
    with pytest.raises(ValueError, match="order never changes"):
        slot_effect(np.zeros((3, 3)), one_exchange)


def test_what_slots_shift_an_arm_by() -> None:
    """Two of three blocks after the control, one before: (.02 + .02 - .02) / 3."""
    effects = np.array([-0.01, 0.01])
    after, before = np.array([1, 1, 0]), np.array([0, 0, 1])
    assert slot_bias(effects, after, before) == pytest.approx(0.02 / 3)
    assert slot_bias(effects, np.array([0, 1]), np.array([1, 0])) == 0.0
