"""``harness run``: run scenarios and judge what was seen."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options.browsers import bound_for
from harness.cli.options.request import request_options
from harness.cli.options.shared import (
    command_line,
    database_option,
    out_option,
    target_option,
    verdict_json_option,
)
from harness.cli.output import console, finish
from harness.cli.progress import show_progress
from harness.compose.directory import make_suite_directory, suite_plan
from harness.compose.reference import database_for
from harness.compose.suite import run_suite
from harness.ledger.plan import SuiteOptions
from harness.process.processes import Processes
from harness.setup.machine import ThisMachine
from harness.target.target import Target
from reports.pages.publish import publish
from scenarios.catalogue.planning import plan, refuse_missing
from scenarios.catalogue.request import PlanRequest, load_catalogue


@click.command("run")
@request_options
@click.option("--bind", metavar="ADDRESS", help="Where remote browsers find us, not loopback.")
@click.option("-n", "--workers", type=click.IntRange(1), default=1, help="Cells at a time.")
@click.option("--headed", is_flag=True, help="Show the browser's window.")
@click.option("--keep", is_flag=True, help="Keep the database: see below.")
@database_option
@target_option
@out_option
@click.option("--require-all", is_flag=True, help="A missing part is an error (exit code 4).")
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
    require_all: bool,
    as_json: bool,
) -> None:
    """Run scenarios (or a whole matrix by its name) and judge what was seen.

    Without scenarios: the smoke suite. With scenarios by name: their arms with the durable preset;
    with a whole matrix: both presets; unless --preset says otherwise. With --keep a database in
    your PostgreSQL is not dropped, and one of our own is copied into the run directory. An option
    that is repeatable runs each of its levels.

    Browsers: chromium, firefox and webkitgtk are planned; chrome, edge, chromium-playwright,
    firefox-playwright and webkit-playwright run when they are named, `installed` means all that
    are here. --connect joins one that runs elsewhere: cdp+http://HOST:9222,
    playwright+ws://HOST:3000/#webkit, webdriver+http://HOST:4444/wd/hub#firefox, or a name that
    the target file gives to such an address in [browsers]. It visits us at --bind ADDRESS.

    Networks: packets (real ones, Linux) or toxiproxy (portable) make them bad; auto, the default,
    is packets where this machine has them. slow-3g, fast-3g, high-latency, lossy or collapse let
    every visitor, browser or load, of any scenario have such a line from beginning to end;
    slow-3g@toxiproxy names what makes it, too.
    """
    cells = plan(request, load_catalogue(target.targets), ThisMachine())
    if require_all:
        refuse_missing(cells)
    url = database_for(target, database)
    bound = bound_for(bind, request.levels.get("browser", ()))
    options = SuiteOptions(target=target, headed=headed, keep=keep, bind=bound)
    name = request.suite or ", ".join(request.names)
    suite = suite_plan(name, command_line(), cells, options)
    directory = make_suite_directory(out, request.suite or "scenarios", started=suite.started)
    with Processes() as processes, show_progress(console, cells) as watch:
        interrupted = run_suite(
            directory, suite, processes, workers=workers, database_url=url, watch=watch
        )
    finish(publish(directory), as_json=as_json, interrupted=interrupted)
