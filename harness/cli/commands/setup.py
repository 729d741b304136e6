"""``harness setup``: bring what is missing."""

from __future__ import annotations

import click

from harness.cli.group import OnceCommand
from harness.cli.options.shared import json_option
from harness.cli.output import print_parts, say, show
from harness.setup import setup
from scenarios.catalogue.cells import parts_of_all
from scenarios.catalogue.declare import load_all


@click.command("setup", cls=OnceCommand)
@click.option(
    "--only", multiple=True, metavar="PART", help="Install only this part. Can be repeated."
)
@json_option
def setup_command(only: tuple[str, ...], as_json: bool) -> None:
    """Install the parts that pip does not: browsers, Toxiproxy. Parts that are here are kept."""
    parts = setup(say, only=only)
    asked = {"postgresql", *only, *parts_of_all(load_all())}
    optional = [part for part in parts if part.state == "missing" and part.name not in asked]
    print_parts(
        [part for part in parts if as_json or part not in optional],
        as_json=as_json,
    )
    if optional and not as_json:
        names = ", ".join(part.name for part in optional)
        show(f"not here, and needed by no scenario: {names}")
        show("`harness doctor` says how to get each of them")
