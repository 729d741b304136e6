"""An option that takes one value is taken once, in every command."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from harness.cli.group import CommandGroup, OnceCommand
from harness.cli.main import cli
from harness.core.errors import ExitCode, HarnessError

SINGLE = [
    (name, option)
    for name, command in cli.commands.items()
    for option in command.params
    if isinstance(option, click.Option) and not option.multiple and not option.is_flag
]


def value_of(option: click.Option) -> str:
    """A value that the option takes."""
    if isinstance(option.type, click.Choice):
        return str(option.type.choices[0])
    return "1"


@pytest.mark.parametrize(
    ("name", "option"), SINGLE, ids=[f"{name} {option.opts[0]}" for name, option in SINGLE]
)
def test_a_second_value_is_refused_before_anything_starts(name: str, option: click.Option) -> None:
    word, value = option.opts[0], value_of(option)
    done = CliRunner().invoke(cli, [name, word, value, f"{word}={value}"])
    assert done.exit_code == 2
    assert f"{word} is given 2 times and takes one value" in done.output


def test_both_sides_of_a_switch_are_refused_and_a_plain_flag_is_not() -> None:
    done = CliRunner().invoke(cli, ["walk", "--shrink", "--no-shrink"])
    assert "--shrink is given 2 times" in done.output

    @click.command(cls=OnceCommand)
    @click.option("--json", is_flag=True)
    @click.option("--arm", multiple=True)
    @click.option("-v", count=True)
    def command(json: bool, arm: tuple[str, ...], v: int) -> None:
        click.echo(f"{json} {arm} {v}")

    done = CliRunner().invoke(command, ["--json", "--json", "--arm", "a", "--arm", "b", "-vv"])
    assert done.output == "True ('a', 'b') 2\n"


def commands_of(group: click.Group) -> Iterator[click.Command]:
    for command in group.commands.values():
        if isinstance(command, click.Group):
            assert isinstance(command, CommandGroup)
            yield from commands_of(command)
        else:
            yield command


def test_every_command_is_of_this_class() -> None:
    found = list(commands_of(cli))
    assert len(found) > len(cli.commands)
    assert {type(command) for command in found} == {OnceCommand}


def test_a_closed_pipe_that_is_not_the_output_s_is_an_error_of_the_harness() -> None:
    @click.command(cls=OnceCommand)
    def command() -> None:
        raise BrokenPipeError(32, "Broken pipe")

    done = CliRunner().invoke(CommandGroup(commands={"go": command}), ["go"], standalone_mode=False)
    assert isinstance(done.exception, HarnessError)
    assert done.exception.exit_code is ExitCode.HARNESS
