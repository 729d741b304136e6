"""Visits that end at random: their lengths, and the page's options of a load's factors."""

from __future__ import annotations

from scenarios.experiments.endings import (
    ENDINGS,
    LONGEST_VIEWS,
    SHORTEST_VIEWS,
    page_options,
    views_of,
)


def test_visits_are_as_long_as_the_seed_says() -> None:
    assert views_of(3) == views_of(3)
    assert views_of(3) != views_of(4)
    lengths = [length for seed in range(200) for length in views_of(seed)]
    assert len(lengths) == 200 * ENDINGS
    assert (min(lengths), max(lengths)) == (SHORTEST_VIEWS, LONGEST_VIEWS)


def test_a_load_s_factor_is_the_page_s_option_that_means_the_same() -> None:
    assert page_options({"browser": "chromium", "flush_delay": "0.5"}) == {"flushDelayMs": "500"}
    assert page_options({"batch": "50"}) == {"maxBatchSize": "50"}
    assert page_options({"preset": "durable"}) == {}
