"""Nights whose truth is known: the same seed gives the same ones, with what is planted in them."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.trend.nights import Nights, PlantedFate, PlantedStep, drawn, revision, suites_of


def test_the_same_seed_gives_the_same_nights() -> None:
    assert suites_of(Nights(seed=3)) == suites_of(Nights(seed=3))
    assert suites_of(Nights(seed=3)) != suites_of(Nights(seed=4))


def test_a_step_begins_on_its_night() -> None:
    step = PlantedStep(scenario="steady_load", figure="load_response_p95_ms", night=5, factor=1.5)
    nights = suites_of(Nights(count=8, noise=0.0, steps=(step,)))
    found = [n.cells[0].figures["load_response_p95_ms"] for n in nights]
    assert found == pytest.approx([31.0] * 5 + [46.5] * 3)
    assert nights[1].cells[1].figures["load_response_p95_ms"] == pytest.approx(31.0)


def test_a_fate_breaks_and_is_fixed() -> None:
    planted = PlantedFate(scenario="first_visit", night=2, until=4)
    nights = suites_of(Nights(count=6, broken=(planted,)))
    assert [n.cells[2].fates.get("lost_acked", 0) for n in nights] == [0, 0, 3, 3, 0, 0]
    assert [n.verdict for n in nights] == ["pass", "pass", "fail", "fail", "pass", "pass"]


def test_the_environment_changes_from_a_night_on() -> None:
    nights = suites_of(Nights(count=3, changes={1: {"cpus": "4"}}))
    assert [n.environment["cpus"] for n in nights] == ["2", "4", "4"]
    assert nights[2].revision == revision(2)


@pytest.mark.parametrize("shape", ["normal", "t3", "skewed"])
def test_noise_has_the_deviation_that_was_asked_for(shape: str) -> None:
    values = drawn(Nights(count=20_000, noise=0.03, shape=shape), "x")
    assert float(values.mean()) == pytest.approx(0.0, abs=0.002)
    assert float(values.std()) == pytest.approx(0.03, rel=0.15)


def test_memory_makes_neighbours_alike() -> None:
    values = drawn(Nights(count=20_000, memory=0.5), "x")
    assert float(np.corrcoef(values[1:], values[:-1])[0, 1]) == pytest.approx(0.5, abs=0.03)
