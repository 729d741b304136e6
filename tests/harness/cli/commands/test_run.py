"""`harness run`: what was asked for becomes a plan; the verdict comes from the directories."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.commands import run as command
from harness.compose.directory import make_suite_directory, suite_end
from harness.compose.scheduling.merging import SHARD_FILE
from harness.compose.scheduling.rotation import key_of
from harness.compose.suite import Progress
from harness.core.errors import ExitCode, HarnessError
from harness.ledger.plan import PlannedCell, SuitePlan, write_plan
from harness.ledger.stored import read_plan
from harness.process.processes import Processes
from tests.scenarios.catalogue.asking import Lacking

LEFT: list[list[str]] = []


def leave_out(
    directory: Path,
    plan: SuitePlan,
    processes: Processes,
    *,
    workers: int,
    database_url: str | None,
    watch: Callable[[Progress], None],
    only: Sequence[PlannedCell] | None = None,
    judging_key: str = "",
) -> bool:
    """Run no cell at all."""
    if only is None:
        write_plan(directory, plan)
    LEFT.append([key_of(cell) for cell in only or []])
    with suite_end(directory) as end:
        end.trouble = "not today"
    return end.interrupted


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    monkeypatch.setattr(command, "ThisMachine", lambda: Lacking({"firefox": "get firefox"}))
    monkeypatch.setattr(command, "run_suite", leave_out)
    numbers = itertools.count(1)

    def numbered(out: Path, kind: str, *, started: str) -> Path:
        """Two suites of one process begin within a second here."""
        return make_suite_directory(out, kind, started=f"{started}-{next(numbers)}")

    monkeypatch.setattr(command, "make_suite_directory", numbered)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(command.run_command, [*arguments, "--out", str(tmp_path)])

    return run


def test_a_planned_cell_without_a_result_is_undecided(invoke: Callable[..., Result]) -> None:
    done = invoke("steady_load", "--json")
    assert done.exit_code == ExitCode.UNDECIDED
    [cell] = json.loads(done.stdout)["cells"]
    assert (cell["verdict"], cell["reason"]) == ("unknown", "not today")


def test_without_scenarios_it_is_the_smoke_suite(
    invoke: Callable[..., Result], tmp_path: Path
) -> None:
    invoke()
    assert read_plan(tmp_path / "latest").suite == "smoke"


def test_a_missing_part_is_an_error_only_when_all_are_required(
    invoke: Callable[..., Result], tmp_path: Path
) -> None:
    arguments = ["first_visit", "--browser", "firefox"]
    assert invoke(*arguments).exit_code == ExitCode.NOTHING_RAN
    done = invoke(*arguments, "--require-all")
    assert isinstance(done.exception, HarnessError)
    assert done.exception.line == "--require-all: firefox missing. Run `get firefox`"


def test_a_dry_run_shows_the_plan_and_its_time_and_makes_no_directory(
    invoke: Callable[..., Result], tmp_path: Path
) -> None:
    done = invoke("first_visit", "--browser", "chromium", "--browser", "firefox", "--dry-run")
    assert done.exit_code == ExitCode.PASS
    assert "first_visit [browser=chromium,preset=durable] seed 1" in done.stdout
    assert "1 of 2 cells run, about" in done.stdout
    assert "(1 lack a part)" in done.stdout
    assert not (tmp_path / "latest").exists()


def test_a_dry_run_as_json_has_every_cell(invoke: Callable[..., Result]) -> None:
    found = json.loads(invoke("steady_load", "--seed", "1", "--dry-run", "--json").stdout)
    [cell] = found["cells"]
    assert cell["cell"] == "steady_load [workload=steady] seed 1"
    assert cell["not_run"] is None
    assert found["about_s"] > cell["about_s"] > 0


def test_a_budget_leaves_the_rest_for_another_time(
    invoke: Callable[..., Result], tmp_path: Path
) -> None:
    invoke("steady_load", "--repeat", "5", "--budget", "2")
    reasons = [cell.not_run.reason for cell in read_plan(tmp_path / "latest").cells if cell.not_run]
    assert 0 < len(reasons) < 5
    assert reasons[0] == "left for another time, 2 min are full; never decided yet"


def test_a_suite_has_a_budget_of_its_own_and_another_one_goes_before_it(
    invoke: Callable[..., Result],
) -> None:
    def about_s(*more: str) -> float:
        done = invoke("--suite", "nightly", "-n", "2", "--dry-run", "--json", *more)
        return float(json.loads(done.stdout)["about_s"])

    assert 3000 < about_s() <= 3600
    assert about_s("--budget", "20") <= 1200


def test_a_shard_says_which_cells_are_its_own(
    invoke: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Path] = []
    monkeypatch.setattr(command, "append", lambda place, directory, judged: kept.append(directory))
    own: list[str] = []
    for number in (1, 2):
        invoke("steady_load", "--repeat", "3", "--shard", f"{number}/2")
        own += json.loads((tmp_path / "latest" / SHARD_FILE).read_text())["own"]
    assert sorted(own) == [f"steady_load [workload=steady] seed {seed}" for seed in (1, 2, 3)]
    assert kept == [], "harness merge keeps the whole in the history"


def test_only_what_failed_last_time_runs(invoke: Callable[..., Result]) -> None:
    invoke("steady_load", "--repeat", "3")
    done = invoke("steady_load", "--repeat", "3", "--last-failed", "--grep", "seed 2", "--json")
    [cell] = json.loads(done.stdout)["cells"]
    assert cell["seed"] == 2


def test_a_suite_that_was_cut_short_goes_on_with_its_own_plan(
    invoke: Callable[..., Result], tmp_path: Path
) -> None:
    invoke("steady_load", "--repeat", "2")
    suite = str((tmp_path / "latest").resolve())
    LEFT.clear()
    invoke("--resume", suite)
    assert [[f"steady_load [workload=steady] seed {seed}" for seed in (1, 2)]] == LEFT
    assert str((tmp_path / "latest").resolve()) == suite
    refused = invoke("first_visit", "--resume", suite).exception
    assert isinstance(refused, HarnessError)
    assert "has a plan already" in refused.line


def test_a_long_suite_asks_first_unless_the_answer_is_given(
    invoke: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(command, "confirm", asked.append)
    invoke("steady_load")
    assert asked == []
    invoke("steady_load", "--repeat", "30", "--yes")
    assert asked == []
    invoke("steady_load", "--repeat", "30")
    assert asked == ["Start?"]
