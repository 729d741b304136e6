"""``harness run``: run scenarios and judge what was seen."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.group import OnceCommand
from harness.cli.options.browsers import bound_for
from harness.cli.options.history import beside, run_history_options
from harness.cli.options.request import request_options
from harness.cli.options.shared import (
    command_line,
    database_option,
    out_option,
    target_option,
    verdict_json_option,
)
from harness.cli.output import console, finish, say
from harness.cli.progress import show_progress
from harness.compose.defects import DefectiveJudge, planted_by
from harness.compose.directory import make_suite_directory, suite_plan
from harness.compose.history.record import append, recorded_context
from harness.compose.reference import database_for
from harness.compose.suite import run_suite
from harness.ledger.defect import FACTOR
from harness.ledger.plan import SuiteOptions
from harness.process.display import refuse_without_display
from harness.process.processes import Processes
from harness.setup.machine import ThisMachine
from harness.target.target import Target
from reports.pages.publish import publish
from scenarios.catalogue.planning import plan, refuse_missing
from scenarios.catalogue.request import PlanRequest, load_catalogue


@click.command("run", cls=OnceCommand)
@request_options
@click.option(
    "--bind", metavar="ADDRESS", help="The address at which remote browsers reach this machine."
)
@click.option(
    "-n", "--workers", type=click.IntRange(1), default=1, help="How many cells run at a time."
)
@click.option("--headed", is_flag=True, help="Show browser windows.")
@click.option("--keep", is_flag=True, help="Keep the database of each run.")
@database_option
@target_option
@out_option
@run_history_options
@click.option("--require-all", is_flag=True, help="Treat a missing part as an error (exit code 4).")
@verdict_json_option
def run_command(
    request: PlanRequest,
    bind: str | None,
    workers: int,
    headed: bool,
    keep: bool,
    database: str | None,
    target: Target,
    out: Path,
    history: str | None,
    no_history: bool,
    revision: str,
    require_all: bool,
    as_json: bool,
) -> None:
    """Run scenarios, or a whole matrix by its name, and judge what was recorded.

    Without scenarios the smoke suite runs. A scenario that is named runs its arms with the durable
    preset, a matrix those with both, unless --preset is given. An option that can be repeated runs
    each of its values. `harness list` shows scenarios, arms, workloads, networks and suites.

    Browsers: chromium, firefox and webkitgtk are planned. Others run when they are named: chrome,
    edge, chromium-playwright, firefox-playwright, webkit-playwright, or `installed` for all that
    this machine has. --connect uses a browser that runs elsewhere, by its address
    (cdp+http://HOST:9222, playwright+ws://HOST:3000/#webkit,
    webdriver+http://HOST:4444/wd/hub#firefox) or by a name from the target file's [browsers]; it
    reaches this machine at --bind ADDRESS.

    Networks: a profile such as slow-3g shapes the network of every visitor, browser or load, for
    the whole run of any scenario. A backend makes it: packets (real packets, Linux only) or
    toxiproxy (portable); by default packets where this machine has them. Give a profile, a
    backend, or both: slow-3g@toxiproxy.

    Databases: --keep does not drop the run's database in your PostgreSQL, or copies the data of
    the harness's own into the run directory.

    History: the suite's facts are kept in a folder beside that of the runs, or where --history
    says, for `harness trend`.
    """
    for level in request.levels.get(FACTOR, ()):
        planted_by(level)  # refuses an unknown one before anything starts
    cells = plan(request, load_catalogue(target.targets), ThisMachine())
    if require_all:
        refuse_missing(cells)
    if headed:
        refuse_without_display()
    url = database_for(target, database)
    bound = bound_for(bind, request.levels.get("browser", ()))
    options = SuiteOptions(target=target, headed=headed, keep=keep, bind=bound)
    name = request.suite or ", ".join(request.names)
    suite = suite_plan(name, command_line(), cells, options)
    directory = make_suite_directory(out, request.suite or "scenarios", started=suite.started)
    with (
        recorded_context(directory, cells, revision=revision, workers=workers),
        Processes() as processes,
        show_progress(console, cells) as watch,
    ):
        interrupted = run_suite(
            directory, suite, processes, workers=workers, database_url=url, watch=watch
        )
    published = publish(directory, DefectiveJudge())
    if not no_history:
        say(append(history or beside(out), directory, published.judged))
    finish(published, as_json=as_json, interrupted=interrupted)
