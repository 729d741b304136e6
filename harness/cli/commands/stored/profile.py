"""``harness profile``: where a stored suite's time went."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.group import OnceCommand
from harness.cli.options.shared import json_option
from harness.cli.output import show, show_json
from harness.ledger.json_files import encode_record
from reports.judging.profile import profile_of
from reports.pages.profile import profile_lines


@click.command("profile", cls=OnceCommand)
@click.argument("run", type=click.Path(path_type=Path), default=Path("runs/latest"))
@json_option
def profile_command(run: Path, as_json: bool) -> None:
    """Show where a suite's time went: phases of its cells, and the slowest (default: the latest).

    Each moment of a cell counts for one phase, so that phases add up to the cell.
    """
    profile = profile_of(run)
    if as_json:
        show_json(encode_record(profile, "the profile"))
        return
    for line in profile_lines(profile):
        show(line)
