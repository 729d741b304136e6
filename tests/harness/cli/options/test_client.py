"""The option that names a client in place of a target."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from harness.cli.options import client as module
from harness.cli.options.client import client_option
from harness.cli.options.shared import target_option
from harness.core.errors import UsageError
from harness.target.target import Target


@click.command()
@target_option
@client_option
def command(target: Target) -> None:
    click.echo(target.name)


@pytest.fixture(autouse=True)
def no_npm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "client_target", lambda named: Target(name=f"client {named}"))


def test_a_client_is_the_target() -> None:
    assert CliRunner().invoke(command, []).output == "reference\n"
    assert CliRunner().invoke(command, ["--client", "seen"]).output == "client seen\n"


def test_a_client_and_a_target_file_exclude_each_other(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text("format = 1\n")
    given = ["--client", "seen", "--target", str(file)]
    refused = CliRunner().invoke(command, given).exception
    assert isinstance(refused, UsageError)
    assert "--client is a target" in str(refused)
