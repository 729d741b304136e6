"""Options that several commands share give each of them the same thing."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from harness.cli.options.shared import FiniteRange, command_line, target_option
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


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["--database", "postgresql://ann:hunter2@db/x"], "--database 'host=db dbname=x user=ann'"),
        (["--database=host=db password='hunter2 x'"], "--database=host=db"),
        (["--database", "password=x hunter2"], "--database 'a connection string that cannot be"),
        (["--connect", "cdp+ws://h?token=hunter2"], "--connect 'cdp+ws://h?***'"),
        (["--browser=cdp+ws://hunter2@h"], "'--browser=cdp+ws://***@h'"),
    ],
)
def test_the_command_that_is_kept_shows_only_what_may_be_shown(
    monkeypatch: pytest.MonkeyPatch, words: list[str], shown: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["harness", "run", *words, "first visit"])
    line = command_line()
    assert line.startswith(f"harness run {shown}")
    assert line.endswith(" 'first visit'")
    assert "hunter2" not in line


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "NaN"])
def test_a_number_is_finite(number: str) -> None:
    @click.command()
    @click.option("--rate", type=FiniteRange(0, min_open=True))
    def rated(rate: float) -> None:
        click.echo(rate)

    refused = CliRunner().invoke(rated, [f"--rate={number}"])
    assert refused.exit_code == 2
    assert CliRunner().invoke(rated, ["--rate", "2.5"]).output == "2.5\n"
