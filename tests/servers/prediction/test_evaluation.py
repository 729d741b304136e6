"""A model must find what users saw later better than popularity does, or it is not used."""

from __future__ import annotations

import math

import pytest

from servers.prediction.evaluation import LATER_SHARE, evaluate, wilson
from servers.prediction.seen import UserView
from tests.servers.prediction.people import POOL, people


def test_tastes_are_found() -> None:
    found = evaluate(people(200, 20, seed=1, taste=0.9), POOL, components=8, seed=1)
    model, popular, chance = found.scores
    assert [one.ranking for one in found.scores] == ["nmf", "popularity", "random"]
    assert model.hit_rate > popular.hit_rate > chance.hit_rate / 2
    assert found.beats_popularity
    assert found.gain == pytest.approx(model.hit_rate - popular.hit_rate)
    assert found.gain_low < found.gain < found.gain_high


def test_without_tastes_a_model_is_not_used() -> None:
    found = evaluate(people(200, 20, seed=2, taste=0), POOL, components=8, seed=1)
    assert not found.beats_popularity
    assert found.gain_low <= 0
    assert found.reason == ""


def test_the_same_seed_gives_the_same_figures() -> None:
    views = people(60, 15, seed=3, taste=0.5)
    assert evaluate(views, POOL, components=4, seed=7) == evaluate(
        views, POOL, components=4, seed=7
    )


def test_few_users_decide_nothing() -> None:
    found = evaluate(people(19, 10, seed=1, taste=0.9), POOL, components=4, seed=1)
    assert found.reason == "16 users have impressions on both sides, 20 are needed"
    assert not found.beats_popularity
    assert math.isnan(found.gain)


def test_nothing_seen_decides_nothing() -> None:
    found = evaluate([], POOL, components=4, seed=1)
    assert found.reason.startswith("0 users")


def test_the_split_is_by_time_and_knows_nothing_of_later_users() -> None:
    early = people(40, 20, seed=1, taste=0.9)
    late = [UserView(f"new{n}", POOL[n % 9], 2.0 + n) for n in range(30)]
    found = evaluate([*late, *early], POOL, components=4, seed=1)
    assert found.cold == 30
    later = math.ceil((len(early) + len(late)) * LATER_SHARE)
    assert found.scores[0].users <= later - 30


def test_what_was_seen_before_is_no_hit() -> None:
    """Views of the same artwork again are in the table once; here they would be on both sides."""
    before = [UserView(f"u{n}", POOL[0], 0.0) for n in range(100)]
    again = [UserView(f"u{n}", POOL[0], 1.0) for n in range(25)]
    found = evaluate([*before, *again], POOL, components=1, seed=1)
    assert found.reason.startswith("0 users")


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)],
)
def test_bounds_of_a_share(found: int, of: int, low: float, high: float) -> None:
    """The values of R's ``prop.test(correct = FALSE)``."""
    assert wilson(found, of) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))
