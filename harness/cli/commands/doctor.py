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
    """List every part, and what they need of this machine: found, or missing with its remedy.

    The remedy is the command that installs a part, or that gives the machine what it lacks: scratch
    space where programs may run, shared memory, descriptors, user namespaces, a display.
    """
    print_parts(doctor(), as_json=as_json)
