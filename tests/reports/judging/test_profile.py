"""Where a suite's time went, from plan, runs and phases as they are stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import LedgerUnreadable
from harness.ledger.rundir import PHASES_FILE
from reports.judging.profile import profile_of, slowest
from tests.reports.timed_suites import a_run, a_suite
from tests.scenarios.catalogue.asking import planned


def test_a_cell_takes_as_long_as_its_phases(tmp_path: Path) -> None:
    profile = profile_of(a_suite(tmp_path))
    [cell] = profile.cells
    assert (cell.took_s, cell.phases) == (8.0, {"start": 2.0, "scenario": 6.0})
    assert cell.planned_s == planned("steady_load")[0].about_s
    assert (profile.suite_s, profile.without_end) == (20.0, 1)
    assert (profile.total_s, profile.phases) == (8.0, {"start": 2.0, "scenario": 6.0})


def test_a_run_of_an_earlier_revision_has_a_duration_and_no_phases(tmp_path: Path) -> None:
    profile = profile_of(a_run(tmp_path))
    [cell] = profile.cells
    assert cell.took_s > 0
    assert (cell.phases, cell.planned_s, profile.suite_s) == ({}, None, None)


def test_the_longest_cell_comes_first(tmp_path: Path) -> None:
    short = profile_of(a_run(tmp_path / "a", scenario=1.0)).cells[0]
    long = profile_of(a_run(tmp_path / "b", scenario=5.0)).cells[0]
    assert slowest([short, long], 1) == [long]


def test_a_folder_that_holds_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnreadable, match="neither a run nor a suite"):
        profile_of(tmp_path)


def test_damaged_phases_are_named(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    (run / PHASES_FILE).write_text('{"format": 2, "phases": [["a", 1]]}')
    with pytest.raises(LedgerUnreadable, match=PHASES_FILE):
        profile_of(run)
