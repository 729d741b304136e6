"""Where the history is: a folder, or a database whose password no process list shows."""

from __future__ import annotations

from pathlib import Path

from harness.cli.options.history import beside
from harness.core.errors import ExitCode
from tests.harness.cli.shell import harness_here

URL = "postgresql://ann:hunter2@127.0.0.1:1/none"


def test_it_lies_beside_the_runs() -> None:
    assert beside(Path("runs")) == "history"
    assert beside(Path("/data/runs")) == "/data/history"


def test_a_password_on_the_command_line_is_refused() -> None:
    done = harness_here("history", "list", "--history", URL)
    assert done.returncode == ExitCode.USAGE
    assert "HARNESS_HISTORY" in done.stderr
    assert "hunter2" not in done.stderr


def test_a_password_in_the_environment_is_used_and_not_shown() -> None:
    done = harness_here("history", "list", HARNESS_HISTORY=URL)
    assert done.returncode == ExitCode.HARNESS
    assert "cannot open the history" in done.stderr
    assert "hunter2" not in done.stderr
