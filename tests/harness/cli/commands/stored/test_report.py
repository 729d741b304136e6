"""`harness report` judges a stored run and exits with its verdict."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from harness.cli.commands.stored.report import report_command
from harness.core.errors import ExitCode
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
