"""Options that several commands share give each of them the same thing."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from harness.cli.options.shared import command_line, target_option
from harness.core.errors import UsageError
from harness.target.target import Target


@click.command()
@target_option
def show(target: Target) -> None:
    """Print the target's name."""
    click.echo(target.name)


def test_a_command_gets_the_target_and_not_its_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('format = 1\nname = "mine"\n')
    assert CliRunner().invoke(show, ["--target", str(file)]).output == "mine\n"
    assert CliRunner().invoke(show).output == f"{Target().name}\n"


def test_a_target_file_that_is_none_stops_the_command() -> None:
    done = CliRunner().invoke(show, ["--target", "no/such.toml"])
    assert isinstance(done.exception, UsageError)


def test_the_command_that_is_kept_hides_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://ann:hunter2@db/x"
    monkeypatch.setattr(sys, "argv", ["harness", "run", "--database", url, "first visit"])
    line = command_line()
    assert line.startswith("harness run --database ")
    assert line.endswith(" 'first visit'")
    assert "hunter2" not in line
