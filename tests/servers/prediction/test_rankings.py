"""Rankings: the best unseen ones first, the same for the same seed."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from servers.prediction.rankings import Factors, Popular, Random, missing, top_unseen
from servers.prediction.seen import UserView, seen_of
from tests.servers.prediction.people import POOL, people

SEEN = seen_of(people(80, 20, seed=1, taste=0.9), POOL)


def columns(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int32)


def test_seen_ones_are_left_out_and_equal_ones_keep_their_order() -> None:
    scores = np.array([1.0, 3.0, 3.0, 2.0, 9.0])
    assert top_unseen(scores, columns(4), 3).tolist() == [1, 2, 3]
    assert top_unseen(scores, columns(4, 1), 9).tolist() == [2, 3, 0]
    assert top_unseen(scores, columns(0, 1, 2, 3, 4), 3).tolist() == []
    assert scores[4] == 9.0


def test_popularity_counts_users() -> None:
    seen = seen_of(
        [UserView("ann", "x", 1), UserView("bob", "x", 2), UserView("bob", "y", 3)], ["x", "y", "z"]
    )
    assert Popular(seen).scores(0).tolist() == [2, 1, 0]


def test_factors_recommend_ones_own_taste() -> None:
    model = Factors(SEEN, components=8, seed=1)
    right = [
        sum(POOL.index(SEEN.pool[one]) % 4 == int(user[1:]) % 4
            for one in top_unseen(model.scores(row), SEEN.of_user(row), 10))
        for row, user in enumerate(SEEN.users)
    ]  # fmt: skip
    assert np.mean(right) > 8  # of ten; chance has two and a half


def test_the_same_seed_is_the_same_model() -> None:
    one, two = (Factors(SEEN, components=6, seed=3).scores(5) for _ in range(2))
    assert one.tolist() == two.tolist()


def test_no_more_components_than_users_or_artworks() -> None:
    tiny = seen_of([UserView("ann", "x", 1), UserView("bob", "y", 2)], ["x", "y", "z"])
    assert Factors(tiny, components=50, seed=1).components == 2


def test_chance_is_drawn_for_each_user() -> None:
    chance = Random(SEEN, 1)
    assert chance.scores(0).tolist() == chance.scores(0).tolist()
    assert chance.scores(0).tolist() != chance.scores(1).tolist()


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing() == ""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert missing() == (
        "scikit-learn is not installed: pip install 'impression-harness[prediction]'"
    )
