"""The command line: the one module, beside conftest.py, that sees all four trees.

Results go to standard output, talk to standard error. Every error is one line that says what to
do; ``--debug`` adds the traceback.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console

from harness.cli.commands.device import device_command
from harness.cli.commands.up import up_command
from harness.cli.commands.walk import walk_command
from harness.cli.options.browsers import bound_for, wished_browsers
from harness.cli.options.load import LoadWishes, load_options, load_worker_command
from harness.cli.progress import show_progress
from harness.compose.suite import DATABASE_VARIABLE, make_suite_directory, run_suite
from harness.core.errors import ExitCode, HarnessError, UsageError
from harness.faults.line.profiles import PROFILES
from harness.ledger.plan import (
    SUITE_END_FILE,
    PlannedCell,
    SuiteOptions,
    SuitePlan,
    write_plan,
)
from harness.ledger.rundir import arm_text, versions, write_json
from harness.process.interrupt import listen_for_interrupts
from harness.process.processes import Processes
from harness.setup import PartStatus, available, doctor, find_chromium, setup
from harness.target.target import Target, load_target, redacted
from harness.witnesses.database import check_database
from reports.pages.explain import explain
from reports.pages.publish import Published, publish
from reports.pages.table import print_table
from reports.verdict.verdict import Verdict, suite_to_json
from scenarios.catalogue.declare import Scenario, load_all
from scenarios.catalogue.planning import (
    DEFAULT_SUITE,
    NETWORKS,
    load_suites,
    mark_missing,
    needs,
    select,
    select_each,
    with_network,
)
from scenarios.catalogue.targets import load_targets, with_targets
from scenarios.load.arms import refuse_impossible, with_wishes
from scenarios.workloads.catalogue import catalogue, entry
from servers.topology.spawning import NotReady

_EPILOG = "Exit codes:\n\n\b\n" + "\n".join(
    f"  {code.value:>3}  {code.meaning}" for code in ExitCode
)
_EXIT = {
    Verdict.PASS: ExitCode.PASS,
    Verdict.FAIL: ExitCode.FAIL,
    Verdict.UNKNOWN: ExitCode.UNDECIDED,
    Verdict.NOT_RUN: ExitCode.NOTHING_RAN,
}

talk = Console(stderr=True, highlight=False)


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="impression-harness")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Account for every impression: was what somebody saw stored exactly once?

    Start with `harness doctor`, then `harness run`. A run leaves a directory with everything that
    was seen; `harness report` and `harness explain` read it.
    """


@cli.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def doctor_command(as_json: bool) -> None:
    """List every part: found with its version, or missing with the command that brings it."""
    _print_parts(doctor(), as_json=as_json)


@cli.command("setup")
@click.option("--only", multiple=True, metavar="PART", help="Bring only this part; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def setup_command(only: tuple[str, ...], as_json: bool) -> None:
    """Bring the parts that pip does not: browsers, Toxiproxy. Again, it costs seconds."""
    parts = setup(lambda line: talk.print(line, markup=False), only=only)
    scenarios = load_all().values()
    asked = {
        "postgresql",
        *only,
        *(part for s in scenarios for arm in (*s.arms, *s.on_request) for part in needs(s, arm)),
    }
    optional = [p.name for p in parts if p.state == "missing" and p.name not in asked]
    if as_json:
        optional = []
    _print_parts([p for p in parts if p.name not in optional], as_json=as_json)
    if optional:
        click.echo(f"not here, and no scenario of today needs it: {', '.join(optional)}")
        click.echo("`harness doctor` says how to get each of them")


@cli.command("list")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_command(as_json: bool) -> None:
    """Show every scenario and arm, whether it can run here, and why not."""
    scenarios = load_all()
    cells = select(scenarios, suite=None, names=(), levels={}, seeds=(1,), on_request=True)
    cells = mark_missing(cells, scenarios, _mend)
    if as_json:
        click.echo(json.dumps({"schema": 2, "cells": [_listed(c, scenarios) for c in cells]}))
        return
    for scenario in scenarios.values():
        own = [cell for cell in cells if cell.plan.scenario == scenario.name]
        lengths = sorted({round(cell.about_s) for cell in own})
        about = f"{lengths[0]}" if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"
        click.echo(f"{scenario.matrix}/{scenario.name}  (about {about} s)")
        click.echo(f"    {scenario.question}")
        for cell in own:
            state = "can run here"
            if cell.not_run:
                fix = f"; fix: {cell.not_run.fix}" if cell.not_run.fix else ""
                state = f"{cell.not_run.kind}: {cell.not_run.reason}{fix}"
            if cell.plan.arm in scenario.on_request:
                state += "; on request"
            click.echo(f"    [{arm_text(cell.plan.arm)}]  {state}")
    for name, workload in catalogue().items():
        click.echo(f"workload {name}: {workload.about}")
    for name, suite in load_suites().items():
        click.echo(f"suite {name}: {suite['about']}")


@cli.command("run")
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
@click.option("--database", metavar="URL", help="Use this PostgreSQL instead of one of our own.")
@click.option("--target", "target_file", type=click.Path(path_type=Path), help="A target file.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True)
@click.option("--require-all", is_flag=True, help="A missing part is an error (exit code 4).")
@click.option("--json", "as_json", is_flag=True, help="Print verdict.json instead of the table.")
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
    target_file: Path | None,
    out: Path,
    require_all: bool,
    as_json: bool,
    load: LoadWishes,
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
    levels = _levels([*factors, *(f"preset={name}" for name in preset)])
    if load.workload:
        levels["workload"] = [entry(load.workload).name]
    seeds = _seeds(seed, repeat)
    known = load_all()
    target = load_target(target_file) if target_file else Target()
    browsers = wished_browsers(browser, connect, target, _mend)
    cells = select_each(
        known, suite=suite, names=scenarios, levels=levels, seeds=seeds, browsers=browsers
    )
    cells = with_wishes(cells, load.factors, known)
    cells = with_targets(cells, load_targets(Path(target.targets))) if target.targets else cells
    cells = with_network(cells, network, available)
    refuse_impossible(cells)
    cells = mark_missing(cells, known, _mend)
    if require_all:
        _refuse_missing(cells)
    if url := database or target.database_url:
        asyncio.run(check_database(url))
    plan = SuitePlan(
        suite=suite or ", ".join(scenarios),
        command=shlex.join(["harness", *map(redacted, sys.argv[1:])]),
        cells=cells,
        options=SuiteOptions(
            target=target, headed=headed, keep=keep, bind=bound_for(bind, browsers)
        ),
        facts=versions(),
    )
    directory = make_suite_directory(out, f"{plan.started}-{os.getpid()}-{suite or 'scenarios'}")
    interrupted = _run(directory, plan, workers, url)
    _finish(publish(directory), as_json=as_json, interrupted=interrupted)


@cli.command("report")
@click.argument("run", type=click.Path(path_type=Path), default=Path("runs/latest"))
@click.option("--json", "as_json", is_flag=True, help="Print verdict.json instead of the table.")
def report_command(run: Path, as_json: bool) -> None:
    """Judge a stored run or suite again and rebuild all its reports (default: the latest)."""
    _finish(publish(run), as_json=as_json, interrupted=False)


@cli.command("explain")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("impression")
def explain_command(run: Path, impression: str) -> None:
    """Tell one impression's story (USER/ARTWORK, or ARTWORK) through all witnesses."""
    click.echo(explain(run, impression))


cli.add_command(up_command)
cli.add_command(load_worker_command)
cli.add_command(device_command(lambda *args, **how: _finish(*args, **how)))
cli.add_command(walk_command(lambda *args, **how: _finish(*args, **how), lambda part: _mend(part)))


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with the exit code that says what happened."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    listen_for_interrupts()
    try:
        cli.main(args=arguments, standalone_mode=False)
        code = ExitCode.PASS
    except click.ClickException as error:
        error.show()
        code = ExitCode.USAGE
    except (KeyboardInterrupt, click.exceptions.Abort):
        talk.print("harness: interrupted", markup=False)
        code = ExitCode.INTERRUPTED
    except (HarnessError, NotReady) as error:
        line = error.line if isinstance(error, HarnessError) else " ".join(str(error).split())
        talk.print(f"harness: {line}", markup=False, soft_wrap=True)
        code = error.exit_code if isinstance(error, HarnessError) else ExitCode.HARNESS
        if "--debug" in arguments:
            talk.print_exception()
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        line = f"{error.strerror or error}{where}; what was written before is kept"
        talk.print(f"harness: {line}", markup=False, soft_wrap=True)
        code = ExitCode.HARNESS
    except Exception as error:  # ours: say so in one line, never as if the target had failed
        talk.print(f"harness: a defect of its own: {error!r}; --debug shows where", markup=False)
        code = ExitCode.HARNESS
        if "--debug" in arguments:
            talk.print_exception()
    sys.exit(code)


def _run(directory: Path, plan: SuitePlan, workers: int, database_url: str | None) -> bool:
    """Run the plan in its directory; return whether it was interrupted."""
    began = time.monotonic()
    write_plan(directory, plan)
    environment = {DATABASE_VARIABLE: database_url} if database_url else {}
    with Processes() as processes, show_progress(talk, plan.cells) as watch:
        end = run_suite(
            directory, plan, processes, workers=workers, environment=environment, watch=watch
        )
    took_s = time.monotonic() - began
    write_json(directory / SUITE_END_FILE, {**asdict(end), "duration_s": took_s})
    return end.interrupted


def _finish(published: Published, *, as_json: bool, interrupted: bool) -> None:
    suite = published.judged.suite
    if as_json:
        click.echo(json.dumps(suite_to_json(suite), ensure_ascii=False))
    else:
        print_table(suite, Console(highlight=False))
    talk.print(f"report: {published.page}", markup=False, soft_wrap=True)
    sys.exit(ExitCode.INTERRUPTED if interrupted else _EXIT[suite.verdict])


def _refuse_missing(cells: Sequence[PlannedCell]) -> None:
    """Raise HarnessError when a cell lacks a part of the machine."""
    for cell in cells:
        if cell.not_run and cell.not_run.kind == "missing":
            fix = f"Run `{cell.not_run.fix}`"
            raise HarnessError(f"--require-all: {cell.not_run.reason}", hint=fix)


def _seeds(first: int | None, count: int) -> Sequence[int]:
    """Return the seeds that were asked for; none means each suite's own."""
    begin = 1 if first is None else first
    return range(begin, begin + count) if first is not None or count > 1 else ()


def _levels(wishes: Sequence[str]) -> dict[str, list[str]]:
    """Return the wished levels of each factor; one that is named twice is wished with both."""
    levels: dict[str, list[str]] = {}
    for text in wishes:
        factor, equals, level = text.partition("=")
        if not (factor and equals and level):
            raise UsageError(
                f"--arm {text} names no level",
                hint="Write --arm cut=drop; `harness list` shows all",
            )
        levels.setdefault(factor, []).append(level)
    return levels


def _mend(part: str) -> str | None:
    """Return None for a part that is here, else the command that brings it."""
    # Chrome or Edge stand in for Chromium.
    is_here = find_chromium() is not None if part == "chromium" else available(part)
    return None if is_here else f"harness setup --only {part}"


def _listed(cell: PlannedCell, scenarios: dict[str, Scenario]) -> dict[str, object]:
    scenario = scenarios[cell.plan.scenario]
    return {
        "scenario": scenario.name,
        "matrix": scenario.matrix,
        "question": scenario.question,
        "arm": arm_text(cell.plan.arm),
        "about_s": cell.about_s,
        "on_request": cell.plan.arm in scenario.on_request,
        "can_run": cell.not_run is None,
        "not_run": asdict(cell.not_run) if cell.not_run else None,
    }


def _print_parts(parts: Sequence[PartStatus], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"schema": 2, "parts": [asdict(part) for part in parts]}))
        return
    for part in parts:
        found = part.state == "found"
        click.echo(
            f"{'found  ' if found else 'missing'}  {part.name:<20} {part.version} {part.where}"
        )
        if not found:
            click.echo(f"{'':9}{part.needed_for}: {part.detail}; fix: {part.fix}")


if __name__ == "__main__":
    main()
