"""Results go to standard output, everything else to standard error."""

from __future__ import annotations

import io
import sys

import pytest
from rich.text import Text

from harness.cli.output import finish, say, show_lines
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


def test_lines_are_printed_whatever_standard_output_can_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    show_lines([Text("✗ broken [bold]"), Text("x" * 300)])
    sys.stdout.flush()
    assert raw.getvalue().decode().splitlines() == ["? broken [bold]", "x" * 300]
