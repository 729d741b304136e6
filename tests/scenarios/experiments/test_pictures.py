"""The views of a visit: half of them predicted, drawn by the seed, each artwork once."""

from __future__ import annotations

from scenarios.experiments.pictures import (
    LOOKED_AT,
    PREDICTED,
    VIEWS,
    drawn_artworks,
    planned_views,
)

ARTWORKS = [f"a{n:02}" for n in range(PREDICTED + LOOKED_AT)]


def test_half_of_the_views_are_predicted_and_each_artwork_is_seen_once() -> None:
    views = planned_views(1, ARTWORKS)
    assert len({view.artwork for view in views}) == len(views) == VIEWS
    predicted = {view.artwork for view in views if view.figure == "predicted_wait_ms"}
    assert len(predicted) == LOOKED_AT
    assert predicted < set(ARTWORKS[:PREDICTED])
    others = {view.artwork for view in views if view.figure == "other_wait_ms"}
    assert others == set(ARTWORKS[PREDICTED:])


def test_the_seed_draws_which_and_in_which_order() -> None:
    assert planned_views(7, ARTWORKS) == planned_views(7, ARTWORKS)
    orders = {tuple(planned_views(seed, ARTWORKS)) for seed in range(20)}
    assert len(orders) == 20


def test_a_kind_is_not_always_looked_at_first() -> None:
    firsts = {planned_views(seed, ARTWORKS)[0].figure for seed in range(20)}
    assert firsts == {"predicted_wait_ms", "other_wait_ms"}


def test_artworks_are_drawn_from_the_pool_alone() -> None:
    pool = [f"p{n}" for n in range(100)]
    drawn = drawn_artworks(1, pool)
    assert set(drawn) < set(pool)
    assert len(set(drawn)) == PREDICTED + LOOKED_AT
    assert drawn != drawn_artworks(2, pool)
