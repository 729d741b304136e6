"""The group ``harness target``."""

from __future__ import annotations

import click

from harness.cli.commands.target.check import check_command
from harness.cli.commands.target.init import init_command
from harness.cli.commands.target.traffic import traffic_command
from harness.cli.group import CommandGroup


@click.group("target", cls=CommandGroup)
def target_group() -> None:
    """Describe a system of your own in a target file, and try the file.

    `harness run --target FILE` then runs scenarios against it. docs/tutorials/own-system.md is the
    tutorial.
    """


target_group.add_command(check_command)
target_group.add_command(init_command)
target_group.add_command(traffic_command)
