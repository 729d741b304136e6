"""`harness run`: what was asked for becomes a plan; the verdict comes from the directories."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.commands import run as command
from harness.compose.directory import suite_end
from harness.compose.suite import Progress
from harness.core.errors import ExitCode, HarnessError
from harness.ledger.plan import SuitePlan, write_plan
from harness.ledger.stored import read_plan
from harness.process.processes import Processes
from tests.scenarios.catalogue.asking import Lacking


def leave_out(
    directory: Path,
    plan: SuitePlan,
    processes: Processes,
    *,
    workers: int,
    database_url: str | None,
    watch: Callable[[Progress], None],
) -> bool:
    """Run no cell at all."""
    write_plan(directory, plan)
    with suite_end(directory) as end:
        end.trouble = "not today"
    return end.interrupted


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    monkeypatch.setattr(command, "ThisMachine", lambda: Lacking({"firefox": "get firefox"}))
    monkeypatch.setattr(command, "run_suite", leave_out)

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
