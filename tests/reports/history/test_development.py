"""A figure's states: changed, suspect, withdrawn, the machine's, steady, too short."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks.trend.nights import Nights, PlantedStep, suites_of
from harness.ledger.history.facts import CellFacts
from reports.history.development import canary_changes, series_of
from reports.history.nights import cells_of, nights_of
from reports.history.record import SeriesTrend
from tests.benchmarks.trend.planted import series, trend_of

FIGURE = "load_response_p95_ms"


def planted(night: int, factor: float, **more: Any) -> SeriesTrend:
    step = PlantedStep(scenario="steady_load", figure=FIGURE, night=night, factor=factor)
    return series(trend_of(steps=(step,), **{"seed": 1, **more}), "steady_load", FIGURE)


def of_values(*values: float | None, canary_ms: float | None = None) -> SeriesTrend:
    """The development of hand-written values."""
    suites = suites_of(Nights(count=len(values), seed=1))
    cells = [[] if v is None else [_cell(v)] for v in values]
    facts = [replace(one, canary_ms=(canary_ms,) if canary_ms else ()) for one in suites]
    nights = nights_of([(str(n), one) for n, one in enumerate(facts)])
    found = series_of(("steady_load", "a=b"), FIGURE, cells, nights, ())
    assert found is not None
    return found


def _cell(value: float) -> CellFacts:
    return CellFacts(
        scenario="steady_load",
        arm="a=b",
        seed=1,
        verdict="pass",
        figures={FIGURE: value},
        samples={"load_response": 5_000},
    )


FLAT = (30.0, 31.0, 29.5, 30.5, 30.0, 29.0, 30.2, 30.8, 29.8, 30.1)


def test_one_night_is_suspect_and_three_are_a_change() -> None:
    one = planted(23, 1.4)
    assert (one.state, one.changes) == ("suspect", ())
    assert one.suspicion is not None
    assert (one.suspicion.since.before, one.suspicion.since.after) == (22, 23)
    assert one.suspicion.way == "worse"
    three = planted(21, 1.4)
    assert three.state == "changed"
    assert three.suspicion is None
    assert [c.since.after for c in three.changes] == [21]


def test_a_suspicion_that_came_to_nothing_is_withdrawn() -> None:
    found = of_values(*FLAT, 45.0, 30.0)
    assert found.state == "withdrawn"
    assert found.suspicion is not None
    assert found.suspicion.since.after == 10
    assert of_values(*FLAT, 45.0, 30.0, 30.3, 30.1, 29.9).state == "steady"


def test_an_improvement_is_better() -> None:
    found = planted(12, 0.7)
    assert [c.way for c in found.changes] == ["better"]


def test_levels_before_and_after_are_those_of_the_neighbouring_stretches() -> None:
    found = of_values(*FLAT, *(60.0 + v / 30 for v in FLAT))
    [change] = found.changes
    assert (change.before, change.after) == (pytest.approx(30.05), pytest.approx(61.0, abs=0.1))
    assert change.percent == pytest.approx(103, abs=2)


def test_a_figure_that_is_missing_on_some_nights() -> None:
    found = of_values(*FLAT[:5], None, None, *FLAT[5:], None)
    assert found.state == "steady"
    assert found.values[5] is None
    assert found.samples == 5_000
    assert of_values(None, 30.0).state == "short"


def test_no_night_with_it_and_values_that_have_no_logarithm() -> None:
    nights = nights_of([(str(n), one) for n, one in enumerate(suites_of(Nights(count=3)))])
    assert series_of(("s", "a"), FIGURE, [[], [], []], nights, ()) is None
    assert of_values(*FLAT, 0.0).state == "no figure"


def test_a_change_of_the_machine_accuses_no_revision() -> None:
    suites = suites_of(Nights(count=24, seed=2))
    slower = [
        replace(
            one,
            canary_ms=tuple(ms * 1.3 for ms in one.canary_ms) if n >= 15 else one.canary_ms,
            cells=tuple(
                replace(c, figures={k: v * 1.3 for k, v in c.figures.items()}) for c in one.cells
            )
            if n >= 15
            else one.cells,
        )
        for n, one in enumerate(suites)
    ]
    pairs = [(str(n), one) for n, one in enumerate(slower)]
    nights, cells = nights_of(pairs), cells_of(pairs)
    machine = canary_changes(nights)
    assert [one.since.after for one in machine] == [15]
    found = series_of(
        ("steady_load", "preset=durable"),
        FIGURE,
        cells["steady_load", "preset=durable"],
        nights,
        machine,
    )
    assert found is not None
    assert found.state == "machine"
    assert [c.machine for c in found.changes] == [True]


def test_a_figure_that_follows_the_machine_is_shown_without_it() -> None:
    found = planted(15, 1.3, machine=0.1)
    assert found.canary_r is not None
    assert found.canary_r > 0.8
    assert [c.since.after for c in found.changes] == [15]


def test_a_canary_is_followed_only_where_it_was_timed() -> None:
    nights = nights_of(
        [(str(n), replace(f, canary_ms=())) for n, f in enumerate(suites_of(Nights(count=20)))]
    )
    assert canary_changes(nights) == ()
    assert all(math.isnan(n.canary_ms or math.nan) for n in nights)
    assert np.isfinite([v for v in of_values(*FLAT).values if v is not None]).all()
