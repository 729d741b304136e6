"""pytest as a child: it depends on the plan alone, and its own troubles are the cells' reasons."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from harness.compose import suite as module
from harness.compose.directory import make_suite_directory, suite_plan
from harness.compose.suite import pytest_command, run_suite, state_of
from harness.core.environment import child_environment
from harness.ledger.plan import PlannedCell, SuitePlan, write_plan
from harness.ledger.rundir import RunPlan
from harness.process.processes import Processes
from reports.judging.judge import judge_suite
from reports.verdict.verdict import Verdict
from tests.harness.compose.scheduling.cells import cell
from tests.hostile import ENVIRONMENT, make_hostile
from tests.scenarios.catalogue.asking import planned

pytestmark = pytest.mark.slow


def collected(directory: Path, plan: SuitePlan, folder: Path, *more: str) -> str:
    """Return what the command would run, started in a folder."""
    write_plan(directory, plan)
    done = subprocess.run(
        [*pytest_command(directory, plan.cells, 1), "--collect-only", *more],
        cwd=folder,
        env=child_environment() | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_cells_of_the_plan_are_found_from_a_folder_full_of_traps(tmp_path: Path) -> None:
    folder = make_hostile(tmp_path / "folder")
    cells = [*planned("first_visit", browser="chromium", seeds=(1, 2)), *planned("steady_load")]
    output = collected(tmp_path, suite_plan("some", "harness run", cells), folder)
    listed = [line.rpartition("::")[2] for line in output.splitlines() if "::" in line]
    assert sorted(listed) == [
        "test_first_visit[browser=chromium,preset=durable-seed1]",
        "test_first_visit[browser=chromium,preset=durable-seed2]",
        "test_steady_load[workload=steady-seed1]",
    ]


def test_of_a_suite_that_is_resumed_only_the_cells_that_are_left_are_collected(
    tmp_path: Path,
) -> None:
    cells = planned("first_visit", browser="chromium", seeds=(1, 2))
    write_plan(tmp_path, suite_plan("some", "harness run", cells))
    done = subprocess.run(
        [*pytest_command(tmp_path, cells[1:], 1, only=True), "--collect-only"],
        cwd=tmp_path,
        env=child_environment() | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    listed = [line.rpartition("::")[2] for line in done.stdout.splitlines() if "::" in line]
    assert listed == ["test_first_visit[browser=chromium,preset=durable-seed2]"], done.stdout


def test_what_is_left_is_shared_by_the_workers_but_for_what_runs_alone(tmp_path: Path) -> None:
    beside, alone = cell("a", 30.0), cell("b", 20.0, alone=True)
    assert state_of(tmp_path, [beside, beside, alone], at_once=2).left_s == 50.0
    assert state_of(tmp_path, [beside, beside, alone]).left_s == 80.0


@pytest.mark.parametrize(
    ("cells", "alone", "at_once"),
    [(1, False, [1]), (2, False, [2]), (5, False, [3]), (2, True, [1])],
)
def test_no_worker_is_started_that_has_no_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: int, alone: bool, at_once: list[int]
) -> None:
    started: list[int] = []

    def command(directory: Path, cells: object, at_once: int, *, only: bool) -> list[str]:
        started.append(at_once)
        return [sys.executable, "-c", "pass"]

    monkeypatch.setattr(module, "pytest_command", command)
    run(tmp_path, [cell(f"c{n}", alone=alone) for n in range(cells)], workers=3)
    assert started == at_once


def test_what_cannot_run_is_not_collected(tmp_path: Path) -> None:
    lacking = {"firefox": "get it"}
    cells = planned("first_visit", browser=["chromium", "firefox"], lacking=lacking)
    output = collected(tmp_path, suite_plan("some", "harness run", cells), tmp_path)
    assert "browser=chromium" in output
    assert "browser=firefox" not in output


def run(out: Path, cells: Sequence[PlannedCell], *, workers: int = 1) -> Path:
    """Run a suite of these cells to its end; return its directory."""
    directory = make_suite_directory(out, "some")
    with Processes() as processes:
        interrupted = run_suite(
            directory,
            suite_plan("some", "harness run", cells),
            processes,
            workers=workers,
            database_url=None,
            watch=lambda progress: None,
        )
    assert not interrupted
    return directory


def test_a_pytest_that_cannot_go_on_makes_its_cells_unknown_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the environment adds to every pytest is not its trouble: it is kept out."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    lost = PlannedCell(
        plan=RunPlan(scenario="lost", arm={}, seed=1),
        node="scenarios/browsers/test_lost.py::test_lost",
        about_s=1,
        budget_s=10,
    )
    [cell] = judge_suite(run(tmp_path, [lost])).suite.cells
    assert cell.verdict is Verdict.UNKNOWN
    assert cell.reason.startswith("pytest ended with 4: ")
    assert "test_lost.py" in cell.reason


def test_a_plan_in_which_nothing_can_run_starts_no_pytest(tmp_path: Path) -> None:
    cells = planned("first_visit", browser="firefox", lacking={"firefox": "get it"})
    directory = run(tmp_path, cells)
    assert not list((directory / "logs").iterdir())
    assert judge_suite(directory).suite.verdict is Verdict.NOT_RUN


def test_pytest_keeps_no_folder_of_its_own(tmp_path: Path) -> None:
    """Neither a cache, nor one among temporary files, whose name anyone can foresee."""
    argv = pytest_command(tmp_path, planned("steady_load"), 2)
    disabled = {name for option, name in pairwise(argv) if option == "-p"}
    assert {"no:cacheprovider", "no:tmpdir"} <= disabled
