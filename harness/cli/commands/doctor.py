"""``harness doctor``: what is here, and how to get what is missing."""

from __future__ import annotations

import click

from harness.cli.group import OnceCommand
from harness.cli.options.shared import json_option
from harness.cli.output import print_parts
from harness.setup import doctor


@click.command("doctor", cls=OnceCommand)
@json_option
def doctor_command(as_json: bool) -> None:
    """List every part: found with its version, or missing with the command that installs it."""
    print_parts(doctor(), as_json=as_json)
