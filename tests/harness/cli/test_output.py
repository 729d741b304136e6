"""Results go to standard output, everything else to standard error."""

from __future__ import annotations

import pytest

from harness.cli.output import finish, say
from harness.core.errors import ExitCode
from reports.pages.publish import publish
from tests.reports.ledgers import healthy


def test_a_line_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    line = "a [bold]long[/bold] line " + 50 * "word "
    say(line)
    captured = capsys.readouterr()
    assert captured.err == line + "\n"
    assert captured.out == ""


def test_an_interrupted_suite_exits_as_interrupted_whatever_was_measured(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = healthy()
    ledger.checks = [{"name": "nothing_lost", "parameters": {}}]
    published = publish(ledger.write(tmp_path_factory.mktemp("run")))
    for interrupted, code in ((False, ExitCode.PASS), (True, ExitCode.INTERRUPTED)):
        with pytest.raises(SystemExit) as exit_:
            finish(published, as_json=False, interrupted=interrupted)
        assert exit_.value.code == code
        captured = capsys.readouterr()
        assert f"report: {published.page}" in captured.err
        assert "pass" in captured.out
