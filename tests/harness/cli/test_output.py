"""Results go to standard output, everything else to standard error."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from rich.text import Text

from harness.cli import output
from harness.cli.commands.stored.report import report_command
from harness.cli.output import (
    confirm,
    finish,
    inform,
    progress_console,
    say,
    show_lines,
    width,
)
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


def test_a_quiet_command_prints_results_and_errors_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(healthy().write(tmp_path))
    for more, is_quiet in ((["-q"], True), ([], False)):
        CliRunner().invoke(report_command, [run, *more])
        assert progress_console.quiet is is_quiet
        inform("a line of progress")
        say("an error")
        captured = capsys.readouterr()
        assert ("a line of progress" in captured.err) is not is_quiet
        assert "an error" in captured.err


def test_a_question_is_asked_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(output.click, "confirm", lambda text, **how: asked.append(text))
    confirm("Start?")
    assert asked == []
    terminal = SimpleNamespace(isatty=lambda: True)
    monkeypatch.setattr(output, "sys", SimpleNamespace(stdin=terminal, stderr=terminal))
    confirm("Start?")
    assert asked == ["Start?"]


def test_lines_are_as_wide_as_the_terminal_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, expected in (("70", 70), ("300", output.MOST_COLUMNS)):
        monkeypatch.setenv("COLUMNS", columns)
        assert width() == expected
