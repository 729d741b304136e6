"""``harness run``: run scenarios and judge what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from harness.cli.options.browsers import bound_for, browsers_named
from harness.cli.options.load import LoadOptions, load_options
from harness.cli.options.shared import (
    command_line,
    database_option,
    out_option,
    target_option,
    verdict_json_option,
)
from harness.cli.output import console, finish
from harness.cli.progress import show_progress
from harness.compose.directory import make_suite_directory
from harness.compose.reference import database_for
from harness.compose.suite import run_suite
from harness.core.errors import HarnessError, UsageError
from harness.faults.line.profiles import PROFILES
from harness.ledger.plan import PlannedCell, SuiteOptions, SuitePlan
from harness.ledger.rundir import versions
from harness.process.processes import Processes
from harness.setup import available
from harness.setup.machine import ThisMachine
from harness.target.target import Target
from reports.pages.publish import publish
from scenarios.catalogue.declare import load_all
from scenarios.catalogue.planning import (
    DEFAULT_SUITE,
    NETWORKS,
    mark_missing,
    select_each,
    with_network,
)
from scenarios.catalogue.roadmap import ROADMAP
from scenarios.catalogue.targets import load_targets, with_targets
from scenarios.load.arms import refuse_impossible, with_overrides
from scenarios.workloads.catalogue import entry


@click.command("run")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option("--suite", help=f"Run a suite; the default without scenarios is {DEFAULT_SUITE}.")
@click.option("--browser", multiple=True, help="Only this browser; repeatable: see below.")
@click.option("--connect", multiple=True, metavar="URL", help="Only this remote browser: below.")
@click.option("--bind", metavar="ADDRESS", help="Where remote browsers find us, not loopback.")
@click.option("--preset", multiple=True, help="Only arms with this preset; repeatable.")
@click.option(
    "--arm", "factors", multiple=True, metavar="FACTOR=LEVEL", help="Only such arms; repeatable."
)
@click.option(
    "--network",
    multiple=True,
    type=click.Choice(["auto", *NETWORKS, *PROFILES]),
    help="What makes networks bad, or a bad line for every visitor; repeatable: see below.",
)
@click.option("--seed", type=click.IntRange(0), help="The first seed instead of the suite's own.")
@click.option("--repeat", type=click.IntRange(1), default=1, help="Seeds in a row from --seed on.")
@click.option("-n", "--workers", type=click.IntRange(1), default=1, help="Cells at a time.")
@click.option("--headed", is_flag=True, help="Show the browser's window.")
@click.option("--keep", is_flag=True, help="Keep the database: see below.")
@database_option
@target_option
@out_option
@click.option("--require-all", is_flag=True, help="A missing part is an error (exit code 4).")
@verdict_json_option
@load_options
def run_command(
    scenarios: tuple[str, ...],
    suite: str | None,
    browser: tuple[str, ...],
    connect: tuple[str, ...],
    bind: str | None,
    preset: tuple[str, ...],
    factors: tuple[str, ...],
    network: tuple[str, ...],
    seed: int | None,
    repeat: int,
    workers: int,
    headed: bool,
    keep: bool,
    database: str | None,
    target: Target,
    out: Path,
    require_all: bool,
    as_json: bool,
    load: LoadOptions,
) -> None:
    """Run scenarios (or a whole matrix by its name) and judge what was seen.

    Without scenarios: the smoke suite. With scenarios by name: their arms with the durable preset;
    with a whole matrix: both presets; unless --preset says otherwise. With --keep a database in
    your PostgreSQL is not dropped, and one of our own is copied into the run directory.

    Browsers: chromium, firefox and webkitgtk are planned; chrome, edge, chromium-playwright,
    firefox-playwright and webkit-playwright run when they are named, `installed` means all that
    are here. --connect joins one that runs elsewhere: cdp+http://HOST:9222,
    playwright+ws://HOST:3000/#webkit, webdriver+http://HOST:4444/wd/hub#firefox, or a name that
    the target file gives to such an address in [browsers]. It visits us at --bind ADDRESS.

    Networks: packets (real ones, Linux) or toxiproxy (portable) make them bad; auto, the default,
    is packets where this machine has them. slow-3g, fast-3g, high-latency, lossy or collapse let
    every visitor, browser or load, of any scenario have such a line from beginning to end.
    """
    if suite is None and not scenarios:
        suite = DEFAULT_SUITE
    levels = _levels([*factors, *(f"preset={name}" for name in preset)], load.workload)
    fix, known, seeds = ThisMachine().fix, load_all(), _seeds(seed, repeat)
    browsers = browsers_named(browser, connect, target, fix)
    cells = select_each(
        known, suite=suite, names=scenarios, levels=levels, seeds=seeds, browsers=browsers
    )
    cells = with_overrides(cells, load.factors, known)
    cells = with_targets(cells, load_targets(Path(target.targets))) if target.targets else cells
    cells = with_network(cells, network, available)
    refuse_impossible(cells)
    cells = mark_missing(cells, known, fix)
    if require_all:
        _refuse_missing(cells)
    url = database_for(target, database)
    plan = SuitePlan(
        suite=suite or ", ".join(scenarios),
        command=command_line(),
        cells=cells,
        options=SuiteOptions(
            target=target, headed=headed, keep=keep, bind=bound_for(bind, browsers)
        ),
        facts=versions(),
        roadmap=ROADMAP,
    )
    directory = make_suite_directory(out, suite or "scenarios", started=plan.started)
    with Processes() as processes, show_progress(console, cells) as watch:
        interrupted = run_suite(
            directory, plan, processes, workers=workers, database_url=url, watch=watch
        )
    finish(publish(directory), as_json=as_json, interrupted=interrupted)


def _refuse_missing(cells: Sequence[PlannedCell]) -> None:
    """Raise HarnessError when a cell lacks a part of the machine."""
    for cell in cells:
        if cell.not_run and cell.not_run.kind == "missing":
            hint = f"Run `{cell.not_run.fix}`"
            raise HarnessError(f"--require-all: {cell.not_run.reason}", hint=hint)


def _seeds(first: int | None, count: int) -> Sequence[int]:
    """Return the seeds that were asked for; none means each suite's own."""
    begin = 1 if first is None else first
    return range(begin, begin + count) if first is not None or count > 1 else ()


def _levels(requested: Sequence[str], workload: str | None) -> dict[str, list[str]]:
    """Return the requested levels of each factor; one that is named twice has both."""
    levels: dict[str, list[str]] = {}
    if workload:
        levels["workload"] = [entry(workload).name]
    for text in requested:
        factor, equals, level = text.partition("=")
        if not (factor and equals and level):
            raise UsageError(
                f"--arm {text} names no level",
                hint="Write --arm cut=drop; `harness list` shows all",
            )
        levels.setdefault(factor, []).append(level)
    return levels
