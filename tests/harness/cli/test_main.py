"""An error becomes one line and an exit code; only a failed check is the target's."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from harness.cli.main import cli, explained
from harness.core.errors import ExitCode, HarnessError, MissingPart, UsageError
from servers.topology.spawning import NotReady
from tests import ROOT
from tests.harness.cli.shell import ARGV, harness_here
from tests.reports.histories import lost_acked
from tests.reports.ledgers import healthy

FULL = Path("/dev/full")
"""Takes no byte, as a file on a disk that is full."""


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (UsageError("no such suite", hint="Try smoke"), "no such suite. Try smoke", ExitCode.USAGE),
        (MissingPart("no browser", hint="Get one"), "no browser. Get one", ExitCode.HARNESS),
        (HarnessError("broke"), "broke", ExitCode.HARNESS),
        (NotReady("it ended:\n  no disk"), "it ended: no disk", ExitCode.HARNESS),
        (
            OSError(28, "No space left on device", "a.arrows"),
            "No space left on device a.arrows; what was written before is kept",
            ExitCode.HARNESS,
        ),
        (
            OSError(13, "Permission denied", "a\nb"),
            "Permission denied a b; what was written before is kept",
            ExitCode.HARNESS,
        ),
        (
            ZeroDivisionError("x"),
            "a defect of its own: ZeroDivisionError('x'); --debug shows where",
            ExitCode.HARNESS,
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_is_one_line_with_the_way_out(error: Exception, line: str, code: ExitCode) -> None:
    assert explained(error) == (line, code)


PACKAGES = ("", ".stored", ".history", ".target")
"""Where the modules of commands lie, below those of the command line."""


def test_every_command_has_a_module_of_its_name() -> None:
    for name, command in cli.commands.items():
        assert command.callback is not None
        package, _, module = command.callback.__module__.rpartition(".")
        assert package in {f"harness.cli.commands{below}" for below in PACKAGES}
        assert name.replace("-", "_") in (module, package.rpartition(".")[2])


@pytest.fixture(scope="module")
def failing_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ledger = lost_acked()
    ledger.checks = [{"name": "nothing_lost", "parameters": {}}]
    return ledger.write(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def passing_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ledger = healthy()
    ledger.checks = [{"name": "nothing_lost", "parameters": {}}]
    return ledger.write(tmp_path_factory.mktemp("run"))


def ended_without_a_reader(*arguments: str, stream: str) -> subprocess.CompletedProcess[str]:
    """Run `harness ARGUMENTS` with a stream that no process reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    other = "stderr" if stream == "stdout" else "stdout"
    try:
        return subprocess.run(
            [*ARGV, *arguments],
            cwd=ROOT,
            check=False,
            text=True,
            **{stream: writer, other: subprocess.PIPE},  # type: ignore[call-overload]
        )
    finally:
        os.close(writer)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["report", "RUN"], ["report", "RUN", "--json"], ["--help"]])
def test_a_reader_of_the_results_that_is_gone_is_no_party_s_failure(
    arguments: list[str], failing_run: Path
) -> None:
    command = [str(failing_run) if word == "RUN" else word for word in arguments]
    done = ended_without_a_reader(*command, stream="stdout")
    assert done.returncode == ExitCode.CLOSED_PIPE, done.stderr
    assert "Error" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_without_a_reader_of_its_progress_a_command_ends_as_it_would(failing_run: Path) -> None:
    done = ended_without_a_reader("report", str(failing_run), stream="stderr")
    assert done.returncode == ExitCode.FAIL
    assert "fail: " in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", [["report", "RUN"], ["--nonsense"], ["report", "no/such"]])
def test_a_full_disk_below_its_progress_or_results_is_no_failure_of_the_target(
    arguments: list[str], passing_run: Path
) -> None:
    own = [str(passing_run) if word == "RUN" else word for word in arguments]
    plain, command = harness_here(*own), [*ARGV, *own]
    with FULL.open("wb") as full:
        without_progress = subprocess.run(
            command, cwd=ROOT, check=False, text=True, stdout=subprocess.PIPE, stderr=full
        )
        without_results = subprocess.run(
            command, cwd=ROOT, check=False, stdout=full, stderr=subprocess.PIPE
        )
    assert without_progress.returncode == plain.returncode != ExitCode.FAIL
    assert without_progress.stdout == plain.stdout
    assert without_results.returncode == (ExitCode.HARNESS if plain.stdout else plain.returncode)
