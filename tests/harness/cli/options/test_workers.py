"""How many cells run at a time: what was asked, or what the machine has room for."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from harness.cli.options import workers
from harness.cli.options.workers import at_once_of, workers_option
from harness.setup.room import Room


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "room", lambda: Room(cores=4, memory_gib=9.5))


def test_what_was_asked_counts_and_needs_no_reason() -> None:
    assert at_once_of(1) == (1, "")
    assert at_once_of(9) == (9, "")


def test_else_the_machine_decides_and_says_why() -> None:
    assert at_once_of(None) == (3, "4 cores, 10 GiB of memory")


@click.command()
@workers_option
def command(workers: int | None) -> None:
    click.echo(repr(workers))


@pytest.mark.parametrize(
    ("typed", "output"),
    [([], "None\n"), (["-n", "3"], "3\n"), (["--workers", "2"], "2\n")],
)
def test_the_option_is_none_unless_given(typed: list[str], output: str) -> None:
    assert CliRunner().invoke(command, typed).output == output


def test_no_cells_at_a_time_are_refused() -> None:
    assert CliRunner().invoke(command, ["-n", "0"]).exit_code == 2
