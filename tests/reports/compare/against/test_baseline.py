"""A suite against a baseline: what is new, what got worse, and what is not comparable."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from benchmarks.trend.nights import Nights, PlantedFate, PlantedStep, suites_of
from harness.ledger.history.facts import CellFacts, SuiteFacts
from reports.compare.against.baseline import COLUMN, BaselineSuites, against
from reports.compare.record import ComparedRecord
from reports.compare.words import side_sentence


def nights(count: int = 13, **more: Any) -> list[SuiteFacts]:
    return suites_of(Nights(**{"count": count, "seed": 3, **more}))


def compared(suites: list[SuiteFacts]) -> ComparedRecord:
    return against(BaselineSuites(name="main", suites=suites[:-1]), suites[-1], "runs/x")


def changed(suites: list[SuiteFacts], **changes: Any) -> list[SuiteFacts]:
    """The suites, the first cell of the last one changed."""
    last = suites[-1]
    return [
        *suites[:-1],
        replace(last, cells=(replace(last.cells[0], **changes), *last.cells[1:])),
    ]


def test_an_unchanged_suite_is_no_worse() -> None:
    found = compared(nights())
    assert found.outcome == "no worse"
    assert found.sentence.startswith("Nothing got worse in fates and checks: 3 common cells")
    assert [one.what for one in found.environment] == ["revision"]
    assert found.unsafe == ""
    assert side_sentence(found.a).startswith("baseline main, 20260901T020000Z to 2026091")
    assert found.a.verdict == "12 of 12 passed"


def test_a_broken_fate_is_new_and_its_cell_fails() -> None:
    found = compared(nights(broken=(PlantedFate(scenario="first_visit", night=12),)))
    assert found.outcome == "worse"
    [fates] = [one for one in found.fates if one.reading == "new"]
    assert (fates.scenario, fates.b.lost, fates.a.lost) == ("first_visit", 3, 0)
    assert (fates.a.runs, fates.a.visitors, fates.b.losing) == (12, 12, 1)
    [verdict] = found.verdicts
    assert (verdict.change, verdict.a) == ("worse", "failed in 0 of 12")
    assert "fails, and did not in the baseline" in found.sentence


def test_a_slower_figure_is_worse_by_itself() -> None:
    step = PlantedStep(scenario="steady_load", figure="load_response_p95_ms", night=12, factor=1.5)
    found = compared(nights(steps=(step,)))
    assert (found.outcome, found.verdicts) == ("worse", ())
    assert found.sentence.startswith(
        "B is worse: outside what the baseline predicts: load response p95 of steady_load ["
    )


def test_a_cell_that_fails_now_and_then_is_no_news() -> None:
    suites = nights(broken=(PlantedFate(scenario="first_visit", night=0, chance=0.5),))
    failing = [n for n, one in enumerate(suites) if one.verdict == "fail"]
    found = compared([*suites[:12], suites[failing[0]]])
    assert [one.change for one in found.verdicts] == ["changed"]
    assert found.outcome != "worse"


def test_a_cell_that_always_fails_is_no_change() -> None:
    found = compared(nights(broken=(PlantedFate(scenario="first_visit", night=0),)))
    assert found.verdicts == ()
    assert found.outcome == "no worse"


def test_one_that_failed_always_and_passes_is_better() -> None:
    found = compared(nights(broken=(PlantedFate(scenario="first_visit", night=0, until=12),)))
    assert [one.change for one in found.verdicts] == ["better"]


@pytest.mark.parametrize("verdict", ["unknown", "not run"])
def test_a_cell_that_was_decided_and_is_not_is_undecided(verdict: str) -> None:
    found = compared(changed(nights(), verdict=verdict, reason="no Locust", fates={}, shown=None))
    assert found.outcome == "undecided"
    assert [one.change for one in found.verdicts] == ["undecided"]


def test_an_expected_failure_is_no_news() -> None:
    suites = [
        replace(one, cells=tuple(_expected(c) for c in one.cells))
        for one in nights(broken=(PlantedFate(scenario="first_visit", night=12),))
    ]
    found = compared(suites)
    assert found.verdicts == ()
    assert not any(one.reading == "new" for one in found.fates)


def _expected(cell: CellFacts) -> CellFacts:
    return replace(cell, gates=cell.verdict != "fail")


def test_another_environment_is_named_and_no_figure_is_compared() -> None:
    found = compared(nights(changes={12: {"cpus": "4"}}))
    assert found.unsafe.startswith("These two differ in: cpus;")
    assert found.outcome == "undecided"
    assert {one.reading for one in found.figures} == {"none"}


def test_another_machine_makes_no_revision_slower() -> None:
    suites = nights(
        steps=tuple(
            PlantedStep(
                scenario="steady_load", figure=f"load_response_{q}_ms", night=12, factor=1.6
            )
            for q in ("p50", "p95", "p99")
        )
    )
    last = suites[-1]
    slow = replace(last, canary_ms=tuple(1.6 * ms for ms in last.canary_ms))
    found = compared([*suites[:-1], slow])
    assert found.drift.startswith("the canary takes")
    assert found.outcome == "no worse"
    assert [one.reading for one in found.figures].count("higher") == 3


def test_a_column_that_is_no_longer_filled_is_named() -> None:
    def filling(suite: SuiteFacts, column: str) -> SuiteFacts:
        cells = tuple(replace(c, browser="Chrome 150", fills=column) for c in suite.cells)
        return replace(suite, cells=cells)

    suites = [filling(one, "Chrome 120+ · Linux") for one in nights()]
    assert compared(suites).verdicts == ()
    found = compared([*suites[:-1], filling(suites[-1], "")])
    assert [(one.scenario, one.arm, one.change) for one in found.verdicts] == [
        (COLUMN, "Chrome 120+ · Linux", "undecided")
    ]
    assert found.outcome == "undecided"


def test_cells_that_only_one_has_are_listed() -> None:
    found = compared(changed(nights(), scenario="brand_new"))
    assert found.only_a == ("steady_load [preset=durable]",)
    assert found.only_b == ("brand_new [preset=durable]",)


def test_an_empty_baseline_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="without a suite"):
        against(BaselineSuites(name="x", suites=[]), nights()[0], "x")
