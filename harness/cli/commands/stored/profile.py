"""``harness profile``: where a stored suite's time went."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.group import OnceCommand
from harness.cli.options.shared import json_option
from harness.cli.output import show, show_json
from harness.compose.scheduling.durations import ratios_of
from harness.ledger.json_files import encode_record
from reports.judging.profile import profile_of
from reports.pages.profile import profile_lines


@click.command("profile", cls=OnceCommand)
@click.argument("run", type=click.Path(path_type=Path), default=Path("runs/latest"))
@click.option(
    "--durations", is_flag=True, help="Print what scenarios took of what they say (TOML)."
)
@json_option
def profile_command(run: Path, durations: bool, as_json: bool) -> None:
    """Show where a suite's time went: phases of its cells, and the slowest (default: the latest).

    Each moment of a cell counts for one phase, so that phases add up to the cell.
    """
    profile = profile_of(run)
    if durations:
        for name, ratio in ratios_of(profile.cells).items():
            show(f"{name} = {ratio:g}")
        return
    if as_json:
        show_json(encode_record(profile, "the profile"))
        return
    for line in profile_lines(profile):
        show(line)
