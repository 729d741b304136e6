"""``harness report``: judge a stored run again, or show what is stored in a browser."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from urllib.parse import quote

import click

from harness.cli.commands.experiment import finish_experiment
from harness.cli.group import OnceCommand
from harness.cli.options.history import beside
from harness.cli.options.shared import quiet_option, verdict_json_option
from harness.cli.output import finish, say, show
from harness.compose.defects import DefectiveJudge
from harness.compose.history.since import since_from
from harness.core.errors import UsageError
from harness.ledger import door
from harness.ledger.experiment import EXPERIMENT_FILE, read_experiment
from reports.experiments.page import PAGE_FILE as EXPERIMENT_PAGE
from reports.pages.publish import PAGE_FILE, publish


@click.command("report", cls=OnceCommand)
@click.argument("run", type=click.Path(path_type=Path), default=Path("runs/latest"))
@quiet_option
@verdict_json_option
@click.option(
    "--serve",
    "serves",
    is_flag=True,
    help="Judge nothing: show RUN, and all runs beside it, in a browser.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="With --serve: the port on loopback; 0: a free one.",
)
def report_command(run: Path, as_json: bool, serves: bool, port: int) -> None:
    """Judge a stored run, suite or experiment again; rebuild its reports (default: the latest).

    \b
    harness report                     the latest
    harness report runs/20261129T…     another
    harness report --serve             an index of runs/ and all their pages; Ctrl-C ends it
    """
    if serves:
        if as_json:
            raise UsageError("--serve shows pages and --json prints one", hint="Leave one out")
        _serve(run, port)
        return
    if port:
        raise UsageError("--port is for --serve", hint="Leave it out, or add --serve")
    if door.is_there(run, EXPERIMENT_FILE):
        finish_experiment(run, read_experiment(run), as_json=as_json, again=True)
    since = since_from(beside(run.resolve().parent), run)
    finish(publish(run, DefectiveJudge(), since), as_json=as_json)


def _serve(run: Path, port: int) -> None:
    from harness.compose.attended.serve import serve  # aiohttp takes a third of a second to load

    directory = run.resolve()
    page = next((n for n in (PAGE_FILE, EXPERIMENT_PAGE) if (directory / n).is_file()), "")

    def announce(url: str) -> None:
        if page:
            show(f"{url}{quote(directory.name)}/{page}")
        show(url)
        sys.stdout.flush()
        say("Ctrl-C ends it")

    is_folder = directory.is_dir() and not page and not door.is_there(directory, "plan.json")
    asyncio.run(serve(directory if is_folder else directory.parent, port, announce))
