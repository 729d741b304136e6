"""A figure against the prediction of a baseline's suites."""

from __future__ import annotations

from msgspec.structs import replace

from benchmarks.trend.nights import Nights, PlantedStep, suites_of
from harness.ledger.history.facts import CellFacts, SuiteFacts
from reports.compare.against.figures import baseline_figures, drift_of_canary
from reports.compare.record import FigureCompared
from reports.history.nights import cells_of

FIGURE = "load_response_p95_ms"


def compared(suites: list[SuiteFacts], *, not_comparable: str = "") -> list[FigureCompared]:
    before = cells_of([("", one) for one in suites[:-1]])
    return baseline_figures(before, cells_of([("", suites[-1])]), not_comparable=not_comparable)


def nights(
    factor: float, count: int = 16, seed: int = 1, at: int | None = None
) -> list[SuiteFacts]:
    step = PlantedStep(
        scenario="steady_load",
        figure=FIGURE,
        night=count - 1 if at is None else at,
        factor=factor,
    )
    return suites_of(Nights(count=count, seed=seed, steps=(step,)))


def test_a_third_more_is_worse_and_comes_first() -> None:
    first, *others = compared(nights(1.35))
    assert (first.scenario, first.figure, first.reading) == ("steady_load", FIGURE, "worse")
    assert first.low_percent is not None
    assert first.high_percent is not None
    assert first.low_percent < 35 < first.high_percent
    assert (first.units, first.level) == (15, 0.95)
    assert first.a_interval is not None
    assert {one.reading for one in others} == {"within"}


def test_a_third_less_is_better() -> None:
    assert compared(nights(0.65))[0].reading == "better"


def test_the_level_after_the_last_change_is_what_counts() -> None:
    rows = compared(nights(1.35, count=24, at=12))
    assert {one.reading for one in rows} == {"within"}


def test_unchanged_suites_are_as_before() -> None:
    alarms = [
        any(one.reading in ("worse", "better") for one in compared(nights(1.0, seed=seed)))
        for seed in range(40)
    ]
    assert sum(alarms) <= 4


def test_too_few_suites_predict_nothing() -> None:
    rows = compared(nights(1.5, count=6))
    assert {one.reading for one in rows} == {"none"}
    assert rows[0].note == "5 suites: a prediction needs 6"
    assert rows[0].difference_percent is None


def test_what_is_not_comparable_has_no_reading() -> None:
    rows = compared(nights(1.5), not_comparable="another machine")
    assert {(one.reading, one.note) for one in rows} == {("none", "another machine")}


def test_a_figure_of_zero_and_a_cell_that_only_one_has() -> None:
    suites = nights(1.0)
    last = suites[-1]
    cells = tuple(replace(c, figures={FIGURE: 0.0}) for c in last.cells)
    rows = compared([*suites[:-1], replace(last, cells=cells)])
    assert {one.reading for one in rows} == {"none"}
    other = replace(last, cells=(replace(last.cells[0], scenario="other"),))
    assert compared([*suites[:-1], other]) == []


def test_a_canary_beyond_those_of_the_baseline_is_a_sentence() -> None:
    before = [200.0, 201.0, 199.0, 200.5, 199.5, 200.0, 201.0]
    assert drift_of_canary(before, [260.0, 261.0]).startswith("the canary takes 30.")
    assert "less long" in drift_of_canary(before, [150.0])
    assert drift_of_canary(before, [200.0]) == ""
    assert drift_of_canary(before, []) == ""
    assert drift_of_canary(before[:5], [300.0]) == ""
    assert drift_of_canary(before, [205.0]) == ""


def test_all_figures_share_one_error() -> None:
    """A difference that is news by itself is none among fifteen."""
    suites = nights(1.08, seed=4)
    alone = [replace(one, cells=(_only_figure(one.cells[0]),)) for one in suites]
    assert [one.reading for one in compared(alone)] == ["worse"]
    assert {one.reading for one in compared(suites)} == {"within"}


def _only_figure(cell: CellFacts) -> CellFacts:
    return replace(cell, figures={FIGURE: cell.figures[FIGURE]})
