"""`harness report` judges a stored run and exits with its verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.trend.nights import Nights, suites_of
from harness.cli.commands.stored.report import report_command
from harness.compose.history.history import open_history
from harness.core.errors import ExitCode, HarnessError, UsageError
from harness.ledger.kinds.database import FinalRow
from tests.reports.ledgers import healthy, without


def test_a_stored_failure_fails_again(tmp_path: Path) -> None:
    ledger = without(healthy(), FinalRow, artwork="b")
    ledger.checks = [{"name": "nothing_lost", "parameters": {}}]
    done = CliRunner().invoke(report_command, [str(ledger.write(tmp_path))])
    assert done.exit_code == ExitCode.FAIL
    assert "nothing_lost" in done.output
    assert (tmp_path / "report.html").exists()


def test_the_verdict_for_machines(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.checks = [{"name": "nothing_lost", "parameters": {}}]
    done = CliRunner().invoke(report_command, [str(ledger.write(tmp_path)), "--json"])
    assert done.exit_code == ExitCode.PASS
    assert json.loads(done.stdout)["verdict"] == "pass"


def test_options_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    for arguments in (
        ["--serve", "--json"],
        ["--port", "8000"],
        ["--index", "--json"],
        ["--index", "--serve"],
        ["--index", "--port", "8000"],
    ):
        done = CliRunner().invoke(report_command, [str(tmp_path), *arguments])
        assert isinstance(done.exception, UsageError)


@pytest.mark.parametrize("run", ["runs/x", "runs"])
def test_a_run_is_served_with_all_beside_it_and_its_page_is_named_first(
    run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "runs" / "x"
    path.mkdir(parents=True)
    (path / "report.html").write_text("")
    served = []

    async def serve(
        folder: Path, port: int, announce: Callable[[str], None], trends: Callable[[], object]
    ) -> None:
        served.append((folder, port))
        assert trends() == {}, "there is no history"
        announce("http://127.0.0.1:99/")

    monkeypatch.setattr("harness.compose.attended.serve.serve", serve)
    done = CliRunner().invoke(report_command, [str(tmp_path / run), "--serve", "--port", "99"])
    assert served == [(tmp_path / "runs", 99)]
    page = ["http://127.0.0.1:99/x/report.html"] if run == "runs/x" else []
    assert done.stdout.splitlines() == [*page, "http://127.0.0.1:99/"]


def test_the_index_is_written_beside_the_runs_with_the_trends_of_the_history(
    tmp_path: Path,
) -> None:
    healthy().write(tmp_path / "runs" / "x")
    with open_history(str(tmp_path / "history")) as history:
        for facts in suites_of(Nights(seed=1, count=6)):
            history.add(facts)
    done = CliRunner().invoke(report_command, [str(tmp_path / "runs"), "--index"])
    assert done.stdout == f"index: {tmp_path}/runs/index.html\n"
    page = (tmp_path / "runs" / "index.html").read_text()
    assert "./trend/nightly.html" in page
    assert "Trend of <b>nightly</b>" in (tmp_path / "runs/trend/nightly.html").read_text()
    elsewhere = ["--history", str(tmp_path / "nowhere")]
    CliRunner().invoke(report_command, [str(tmp_path / "runs"), "--index", *elsewhere])
    assert "./trend/" not in (tmp_path / "runs" / "index.html").read_text()


def test_an_index_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    done = CliRunner().invoke(report_command, [str(tmp_path / "nothing" / "runs"), "--index"])
    assert isinstance(done.exception, UsageError)
    (tmp_path / "runs" / "index.html").mkdir(parents=True)
    done = CliRunner().invoke(report_command, [str(tmp_path / "runs"), "--index"])
    assert isinstance(done.exception, HarnessError)
    assert "index.html" in str(done.exception)
