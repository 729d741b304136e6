"""The record of clean cells: it grows by suites, each once, and starts anew with other checks."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.compose.directory import suite_plan
from harness.compose.records import clean_cells
from harness.compose.records.clean_cells import (
    CleanCells,
    CleanRecord,
    false_alarms,
    read_clean,
    record_clean,
)
from harness.ledger.json_files import write_record
from harness.ledger.plan import SuiteEnd, write_plan, write_suite_end
from harness.ledger.rundir import RUN_FILE
from harness.ledger.stored import read_run
from scenarios.catalogue.declare import load_all
from tests.reports.ledgers import lived
from tests.scenarios.catalogue.asking import planned

SCENARIOS = load_all()


def suite_of(directory: Path, scenario: str = "first_visit", **levels: str) -> Path:
    """Write a suite of one cell, whose run saw next to nothing: it is undecided."""
    [cell] = planned(scenario, browser="chromium", **levels)
    directory.mkdir()
    write_plan(directory, suite_plan("some", "harness run", [cell]))
    run = lived().write(directory / cell.run)
    write_record(run / RUN_FILE, replace(read_run(run), plan=cell.plan))
    write_suite_end(directory, SuiteEnd(interrupted=False))
    return directory


def test_a_suite_counts_once(tmp_path: Path) -> None:
    file, suite = tmp_path / "clean.json", suite_of(tmp_path / "suite")
    assert read_clean(file) == CleanRecord()
    first = record_clean(file, [suite, suite], SCENARIOS)
    [cell] = first.cells
    assert (cell.scenario, cell.clean, cell.undecided) == ("first_visit", 0, 1)
    assert record_clean(file, [suite], SCENARIOS) == first == read_clean(file)


def test_a_system_with_a_defect_is_not_clean_and_its_twin_is(tmp_path: Path) -> None:
    file = tmp_path / "clean.json"
    assert not record_clean(file, [suite_of(tmp_path / "a", defect="no_insert")], SCENARIOS).cells
    assert record_clean(file, [suite_of(tmp_path / "b", defect="no_insert.twin")], SCENARIOS).cells


def test_a_recorder_that_is_known_to_lose_is_not_clean(tmp_path: Path) -> None:
    """Neither where it loses as expected nor where it does not is that an alarm."""
    file = tmp_path / "clean.json"
    lossy = suite_of(tmp_path / "a", scenario="beacon_500", preset="roadmap")
    assert not record_clean(file, [lossy], SCENARIOS).cells
    sound = suite_of(tmp_path / "b", scenario="beacon_500", preset="durable")
    assert record_clean(file, [sound], SCENARIOS).cells


def test_only_today_s_checks_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now = clean_cells.sources_of(SCENARIOS["first_visit"])
    record = CleanRecord(
        cells=(
            CleanCells(scenario="first_visit", sources=now, clean=300),
            CleanCells(scenario="first_visit", sources="older", clean=1, alarms=9),
            CleanCells(scenario="gone", sources=now, alarms=9),
        )
    )
    clean, alarms, high = false_alarms(record, SCENARIOS)
    assert (clean, alarms) == (300, 0)
    assert 0.009 < high < 0.01
    assert false_alarms(CleanRecord(), SCENARIOS) == (0, 0, 1.0)


def test_a_scenario_has_sources_of_its_own() -> None:
    hashes = {clean_cells.sources_of(SCENARIOS[name]) for name in ("first_visit", "steady_load")}
    assert len(hashes) == 2
