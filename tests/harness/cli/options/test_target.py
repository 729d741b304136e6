"""The options by which an owner allows more."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from harness.cli.options.shared import target_option
from harness.cli.options.target import Caps, owner_options
from harness.target.target import Target


@click.command()
@target_option
@owner_options
def command(target: Target, caps: Caps) -> None:
    click.echo(f"{target.own_host}|{caps.rate_max:g}|{caps.duration_max_s:g}")


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ([], "|5|120"),
        (["--i-own-this-target", "shop.example", "--max-rate", "50"], "shop.example|50|120"),
        (["--max-seconds", "600"], "|5|600"),
    ],
)
def test_limits_are_raised_by_name(arguments: list[str], output: str) -> None:
    assert CliRunner().invoke(command, arguments).output.strip() == output


@pytest.mark.parametrize(
    "wrong", [["--max-rate", "nan"], ["--max-rate", "0"], ["--max-seconds", "x"]]
)
def test_a_limit_is_a_number(wrong: list[str]) -> None:
    assert CliRunner().invoke(command, wrong).exit_code == 2
