"""Arrangements: the observed one first, all of few, the same draws every time."""

from __future__ import annotations

import numpy as np
import pytest

from reports.statistics.paired.permutation import (
    DRAWS,
    generator,
    orders,
    share_at_least,
    within_blocks,
)


def test_few_things_are_arranged_in_every_way() -> None:
    assert sorted(orders(3).tolist()) == [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ]
    assert len(orders(7)) == 5040
    assert orders(7)[0].tolist() == list(range(7))


def test_many_things_are_drawn_and_every_row_holds_each_of_them_once() -> None:
    drawn = orders(12)
    assert drawn.shape == (DRAWS + 1, 12)
    assert drawn[0].tolist() == list(range(12))
    assert (np.sort(drawn, axis=1) == np.arange(12)).all()
    # Each thing is as likely in each place: 2,000 / 12 = 167, six deviations are 74.
    assert abs((drawn == 5).sum(axis=0) - 167).max() < 74


def test_labels_are_shuffled_in_their_block_alone() -> None:
    labels = np.array([[0, 1, 2], [3, 4, 5]])
    drawn = within_blocks(labels)
    assert drawn.shape == (DRAWS + 1, 2, 3)
    assert (drawn[0] == labels).all()
    assert (np.sort(drawn, axis=2) == labels).all()
    assert len(np.unique(drawn.reshape(len(drawn), -1), axis=0)) == 36


def test_the_share_counts_the_observed_one_and_equal_ones() -> None:
    assert share_at_least(np.array([2.0, 1.0, 2.0 - 1e-12, 3.0])) == 0.75
    assert share_at_least(np.array([9.0, 1.0, 2.0, 3.0])) == 0.25


def test_equal_but_for_rounding_is_relative_to_the_observed_one() -> None:
    assert share_at_least(np.array([2000.0, 0.0, 2000.0 - 1e-6])) == pytest.approx(2 / 3)
    assert share_at_least(np.array([1e-6, 1e-6 - 1e-12])) == 0.5
    assert share_at_least(np.array([0.0, -1e-22])) == 1.0


def test_a_p_that_was_written_down_is_found_again() -> None:
    """The draws of a number of blocks stay the same from one version to the next."""
    assert orders(8)[1].tolist() == [7, 1, 3, 5, 6, 2, 4, 0]
    assert orders(10)[1].tolist() == [8, 3, 0, 6, 7, 9, 4, 5, 1, 2]
    labels = np.array([[0, 1, 2, 3], [4, 5, 6, 7]])
    assert within_blocks(labels)[1].tolist() == [[1, 0, 2, 3], [6, 5, 4, 7]]


def test_a_purpose_and_a_seed_have_their_own_draws() -> None:
    first = generator("a").random()
    assert generator("a").random() == first
    assert generator("b").random() != first
    assert generator("a", seed=1).random() != first
