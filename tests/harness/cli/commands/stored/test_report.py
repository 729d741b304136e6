"""`harness report` judges a stored run and exits with its verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.commands.stored.report import report_command
from harness.core.errors import ExitCode, UsageError
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
    for arguments in (["--serve", "--json"], ["--port", "8000"]):
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

    async def serve(folder: Path, port: int, announce: Callable[[str], None]) -> None:
        served.append((folder, port))
        announce("http://127.0.0.1:99/")

    monkeypatch.setattr("harness.compose.attended.serve.serve", serve)
    done = CliRunner().invoke(report_command, [str(tmp_path / run), "--serve", "--port", "99"])
    assert served == [(tmp_path / "runs", 99)]
    page = ["http://127.0.0.1:99/x/report.html"] if run == "runs/x" else []
    assert done.stdout.splitlines() == [*page, "http://127.0.0.1:99/"]
