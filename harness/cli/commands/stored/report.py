"""``harness report``: judge a stored run again."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.commands.experiment import finish_experiment
from harness.cli.group import OnceCommand
from harness.cli.options.shared import verdict_json_option
from harness.cli.output import finish
from harness.compose.defects import DefectiveJudge
from harness.ledger import door
from harness.ledger.experiment import EXPERIMENT_FILE, read_experiment
from reports.pages.publish import publish


@click.command("report", cls=OnceCommand)
@click.argument("run", type=click.Path(path_type=Path), default=Path("runs/latest"))
@verdict_json_option
def report_command(run: Path, as_json: bool) -> None:
    """Judge a stored run, suite or experiment again; rebuild its reports (default: the latest)."""
    if door.is_there(run, EXPERIMENT_FILE):
        finish_experiment(run, read_experiment(run), as_json=as_json, again=True)
    finish(publish(run, DefectiveJudge()), as_json=as_json)
