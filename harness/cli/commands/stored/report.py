"""``harness report``: judge a stored run again, or show what is stored in a browser."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from urllib.parse import quote

import click

from harness.cli.commands.experiment import finish_experiment
from harness.cli.group import OnceCommand
from harness.cli.options.history import beside, stored_history_option
from harness.cli.options.shared import quiet_option, verdict_json_option
from harness.cli.output import finish, say, show
from harness.compose.defects import DefectiveJudge
from harness.compose.history.since import since_from
from harness.compose.history.trends import Trends
from harness.core.errors import HarnessError, UsageError
from harness.ledger import door
from harness.ledger.experiment import EXPERIMENT_FILE, read_experiment
from reports.experiments.page import PAGE_FILE as EXPERIMENT_PAGE
from reports.pages.publish import PAGE_FILE, publish
from reports.shelf.index import write_index


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
@click.option(
    "--index",
    "indexes",
    is_flag=True,
    help="Judge nothing: write index.html beside RUN, about all runs there and their trends.",
)
@stored_history_option
def report_command(
    run: Path, as_json: bool, serves: bool, port: int, indexes: bool, history: str | None
) -> None:
    """Judge a stored run, suite or experiment again; rebuild its reports (default: the latest).

    \b
    harness report                     the latest
    harness report runs/20261129T…     another
    harness report --serve             an index of runs/ and all their pages; Ctrl-C ends it
    harness report --index             the same index and trends as files: runs/index.html

    The index shows of each suite what it found over time and, from the history, what broke or got
    slower since when, with the figures that changed.
    """
    if (serves or indexes) and as_json:
        raise UsageError("--json prints no index of runs", hint="Leave one out")
    if serves and indexes:
        raise UsageError("--serve makes the index anew each time", hint="Leave --index out")
    if port and not serves:
        raise UsageError("--port is for --serve", hint="Leave it out, or add --serve")
    if serves:
        _serve(run, port, history)
        return
    if indexes:
        _write_index(run, history)
        return
    if door.is_there(run, EXPERIMENT_FILE):
        finish_experiment(run, read_experiment(run), as_json=as_json, again=True)
    since = since_from(history or beside(run.resolve().parent), run)
    finish(publish(run, DefectiveJudge(), since), as_json=as_json)


def _folder_of(run: Path) -> tuple[Path, str]:
    """Return the folder of the runs, and the page of the run that was named, empty for a folder."""
    directory = run.resolve()
    page = next((n for n in (PAGE_FILE, EXPERIMENT_PAGE) if (directory / n).is_file()), "")
    is_folder = directory.is_dir() and not page and not door.is_there(directory, "plan.json")
    return directory if is_folder else directory.parent, page


def _write_index(run: Path, history: str | None) -> None:
    folder, _ = _folder_of(run)
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a directory", hint="`harness run` makes runs/")
    try:
        page = write_index(folder, Trends(history or beside(folder)).now())
    except OSError as error:
        raise HarnessError(f"cannot write {folder}/index.html: {error.strerror}") from error
    show(f"index: {page}")


def _serve(run: Path, port: int, history: str | None) -> None:
    from harness.compose.attended.serve import serve  # aiohttp takes a third of a second to load

    folder, page = _folder_of(run)

    def announce(url: str) -> None:
        if page:
            show(f"{url}{quote(run.resolve().name)}/{page}")
        show(url)
        sys.stdout.flush()
        say("Ctrl-C ends it")

    asyncio.run(serve(folder, port, announce, Trends(history or beside(folder)).now))
