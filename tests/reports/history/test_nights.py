"""Nights, their cells, and where another environment begins."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.trend.nights import Nights, suites_of
from harness.ledger.history.facts import CellFacts
from reports.history.nights import (
    boundaries_of,
    cells_of,
    differences,
    is_expected,
    nights_of,
    stretches,
    values_of,
)


def cell(
    verdict: str = "pass", *, browser: str = "", gates: bool = True, **figures: float
) -> CellFacts:
    return CellFacts(
        scenario="s",
        arm="a=b",
        seed=1,
        verdict=verdict,
        browser=browser,
        gates=gates,
        figures=figures,
    )


def test_a_night_names_what_differs_from_the_one_before() -> None:
    suites = suites_of(Nights(count=3, changes={1: {"cpus": "4", "new": "yes"}}))
    nights = nights_of([(str(n), one) for n, one in enumerate(suites)])
    assert [night.boundary for night in nights] == [
        (),
        ("cpus: 2 → 4", "new: not recorded → yes"),
        (),
    ]
    assert nights[0].canary_ms == float(np.median(suites[0].canary_ms))


def test_cells_stand_night_by_night() -> None:
    suites = suites_of(Nights(count=3))
    found = cells_of([(str(n), one) for n, one in enumerate(suites)])
    assert [len(own) for own in found["first_visit", "preset=durable"]] == [1, 1, 1]


def test_another_browser_is_another_environment_of_its_cell() -> None:
    nights = nights_of([(str(n), one) for n, one in enumerate(suites_of(Nights(count=5)))])
    old, new = cell(browser="Chromium 1"), cell(browser="Chromium 2")
    assert boundaries_of(nights, [[old], [], [old], [new], [new]]) == (3,)
    assert boundaries_of(nights, [[old], [], [cell()], [old], []]) == ()


def test_stretches_lie_between_boundaries() -> None:
    assert stretches(6, (2, 5)) == [range(0, 2), range(2, 5), range(5, 6)]
    assert stretches(3, (0, 3)) == [range(0, 3)]
    assert stretches(0, ()) == []


def test_a_night_has_the_median_of_its_decided_seeds() -> None:
    values = values_of(
        [[cell(x=1.0), cell("fail", x=3.0), cell("unknown", x=99.0)], [], [cell(y=1.0)]], "x"
    )
    assert values[0] == 2.0
    assert math.isnan(values[1])
    assert math.isnan(values[2])


def test_differences_name_both_sides() -> None:
    assert differences({"a": "1", "b": "2"}, {"b": "3", "c": "4"}) == (
        "a: 1 → not recorded",
        "b: 2 → 3",
        "c: not recorded → 4",
    )


def test_an_expected_failure_does_not_gate() -> None:
    assert is_expected(cell("fail", gates=False))
    assert not is_expected(cell("fail"))
    assert not is_expected(cell("pass", gates=False))
