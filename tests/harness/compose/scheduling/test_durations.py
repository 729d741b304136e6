"""How long cells take: as earlier suites say, else the table, else the scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compose.scheduling.durations import (
    START_S,
    Durations,
    committed,
    ratios_of,
    remembered,
    timed,
    wall_s,
)
from harness.core.phases import Span
from harness.ledger.rundir import write_phases
from reports.judging.profile import CellTime
from scenarios.catalogue.declare import load_all
from tests.harness.compose.scheduling.cells import cell, stored, write_run, write_suite
from tests.reports.ledgers import START, HandWritten


def took(scenario: str, seconds: float, planned: float, *, complete: bool = True) -> CellTime:
    return CellTime(
        scenario=scenario,
        arm="",
        seed=1,
        matrix="",
        took_s=seconds,
        planned_s=planned,
        complete=complete,
    )


def test_a_cell_that_ran_takes_the_median_of_what_it_took(tmp_path: Path) -> None:
    for number, seconds in enumerate((4, 6, 50)):
        suite = stored(tmp_path / f"2026010{number}T000000Z-1-s", [cell("a"), cell("b")])
        run = suite / cell("a").run
        write_phases(run, [Span("all", START.mono_ns, START.mono_ns + seconds * 1_000_000_000)])
    assert remembered(tmp_path).of(cell("a", seed=7)) == pytest.approx(6.0)


def test_another_arm_takes_what_it_says_times_what_others_took_of_that(tmp_path: Path) -> None:
    durations = Durations(ratios={"a": 0.5})
    assert [one.about_s for one in timed([cell("a", 40.0), cell("b", 40.0)], durations)] == [20, 40]
    assert timed([cell("a", 40.0)], durations)[0].budget_s == cell("a").budget_s


def test_a_run_that_broke_says_nothing_of_how_long_a_cell_takes(tmp_path: Path) -> None:
    directory = tmp_path / "20260101T000000Z-1-s"
    directory.mkdir()
    write_suite(directory, [cell("a", 10.0)])
    write_run(directory, cell("a"), HandWritten(status="broken"))
    assert remembered(tmp_path).of(cell("a", 10.0)) == 10.0
    assert ratios_of([took("a", 1.0, 10.0, complete=False)]) == {}


def test_suites_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "20260101T000000Z-1-s").mkdir()
    (tmp_path / "20260101T000000Z-1-s" / "plan.json").write_text("{")
    assert remembered(tmp_path).exact == {}
    assert remembered(tmp_path / "nowhere").ratios == committed().ratios


def test_the_committed_table_names_scenarios_that_exist() -> None:
    ratios = committed().ratios
    assert ratios.keys() <= load_all().keys()
    assert all(0.05 < ratio < 20 for ratio in ratios.values())


def test_ratios_are_medians_by_scenario() -> None:
    cells = [took("a", 5.0, 10.0), took("a", 7.0, 10.0), took("a", 40.0, 10.0)]
    assert ratios_of(cells) == {"a": 0.7}


def test_cells_beside_one_another_share_the_time_and_those_alone_do_not() -> None:
    cells = [cell("a", 10.0), cell("b", 30.0), cell("c", 20.0, alone=True), cell("d", lacks="x")]
    assert wall_s(cells, 1) == START_S + 60.0
    assert wall_s(cells, 2) == START_S + 50.0, "the longest takes as long as it takes"
    assert wall_s(cells[:1] * 4, 2) == START_S + 20.0
    assert wall_s([cell("d", lacks="x")], 2) == 0.0
