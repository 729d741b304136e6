"""``harness logs``: where the logs of a stored suite or run are."""

from __future__ import annotations

import json
from pathlib import Path

import click
import msgspec

from harness.cli.group import OnceCommand
from harness.cli.options.shared import json_option
from harness.cli.output import say, show, show_json
from reports.core.text import count
from reports.shelf.logs import logs_of, of_interest


@click.command("logs", cls=OnceCommand)
@click.argument("run", type=click.Path(path_type=Path), default=Path("runs/latest"))
@click.option("--all", "every", is_flag=True, help="Also those of cells that passed.")
@json_option
def logs_command(run: Path, every: bool, as_json: bool) -> None:
    """Show where the logs of a suite or run are, and how each ends (default: the latest).

    First the suite's own (its workers and browsers), then those of cells that did not pass: the
    server's, PostgreSQL's, Toxiproxy's, a generator's.
    """
    found = logs_of(run)
    chosen = found if every else of_interest(found)
    if as_json:
        show_json(json.dumps(msgspec.to_builtins(chosen)))
        return
    for one in chosen:
        verdict = f" ({one.verdict})" if one.verdict else ""
        show(f"{run / one.path}{verdict}")
        show(f"    {one.last}")
    if not found:
        say("there are no logs")
    elif left := len(found) - len(chosen):
        say(f"{count(left, 'log')} of cells that passed: --all shows them")
