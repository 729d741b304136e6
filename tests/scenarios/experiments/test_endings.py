"""Visits that end at random: their looks, and the page's options of a load's factors."""

from __future__ import annotations

import pytest

from scenarios.experiments.endings import ENDINGS, LOOKS_S, about_s, page_options, visits_of

MANY = 400


def test_visits_are_as_the_seed_says() -> None:
    assert visits_of(3) == visits_of(3)
    assert visits_of(3) != visits_of(4)
    assert len(visits_of(3)) == ENDINGS


def test_every_look_but_the_last_is_whole() -> None:
    low, high = LOOKS_S
    for seed in range(MANY):
        for looks in visits_of(seed):
            assert all(low <= look <= high for look in looks[:-1])
            assert 0 <= looks[-1] <= high


def test_a_slot_takes_no_longer_than_is_planned() -> None:
    mean_s = sum(sum(map(sum, visits_of(seed))) for seed in range(MANY)) / MANY
    planned_s = about_s({"preset": "durable", "ends": "crash"})
    assert mean_s < planned_s < mean_s + 10
    assert about_s({"preset": "roadmap", "ends": "close"}) == planned_s
    assert about_s({"preset": "roadmap", "ends": "crash"}) == pytest.approx(35, abs=5)


def test_a_load_s_factor_is_the_page_s_option_that_means_the_same() -> None:
    assert page_options({"browser": "chromium", "flush_delay": "0.5"}) == {"flushDelayMs": "500"}
    assert page_options({"batch": "50"}) == {"maxBatchSize": "50"}
    assert page_options({"preset": "durable"}) == {}
