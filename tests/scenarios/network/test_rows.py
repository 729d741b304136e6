"""The network matrix's rows as data: every scenario has one, and it says what the scenario does."""

from __future__ import annotations

import pytest

from harness.faults.line.profiles import PROFILES
from scenarios.catalogue.declare import load_all
from scenarios.network.rows import GATEWAY, PROCESS, ROWS

NETWORK = {name: s for name, s in load_all().items() if s.matrix == "network"}


def test_every_scenario_of_the_matrix_is_a_row_and_every_row_a_scenario() -> None:
    assert set(ROWS) == set(NETWORK)


def test_the_roadmaps_five_rows_come_first_with_what_it_expects() -> None:
    titles = [row.title.partition(" (")[0] for row in ROWS.values() if row.expected]
    roadmap = ["Slow 3G", "Fast 3G", "Offline → Online", "Intermittent", "High Latency"]
    assert list(dict.fromkeys(titles)) == roadmap
    first = list(ROWS.values())[: len(titles)]
    assert all(row.expected for row in first)


def test_the_roadmaps_numbers_are_the_nominal_ones() -> None:
    assert "400 ms" in ROWS["slow_3g"].nominal
    assert "400 kbps" in ROWS["slow_3g"].nominal
    assert "60 ms" in ROWS["fast_3g"].nominal
    assert "1600 kbps" in ROWS["fast_3g"].nominal
    assert "for 30 s" in ROWS["offline"].nominal
    assert "50% of packets" in ROWS["half_lost"].nominal
    assert "2000 ms" in ROWS["high_latency"].nominal


@pytest.mark.parametrize("name", ROWS)
def test_a_row_says_what_makes_it(name: str) -> None:
    row, arms = ROWS[name], NETWORK[name].arms
    levels = {arm["network"] for arm in arms if "network" in arm}
    levels |= {part for part in NETWORK[name].needs if part == "toxiproxy"}
    if levels:
        assert set(row.backends) == levels
    else:
        assert row.backends in ((GATEWAY,), (PROCESS,))
    assert row.nominal
    assert not row.profile or row.profile in PROFILES
