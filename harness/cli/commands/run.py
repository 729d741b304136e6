"""``harness run``: run scenarios and judge what was seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import click
from msgspec.structs import replace

from harness.cli.commands.history.against import compare_run, refuse_unknown_baseline
from harness.cli.commands.history.recheck import recheck_suite
from harness.cli.group import OnceCommand
from harness.cli.options.browsers import bound_for
from harness.cli.options.client import client_option
from harness.cli.options.history import beside, run_history_options
from harness.cli.options.request import request_options
from harness.cli.options.scheduling import (
    ASK_FROM_S,
    Schedule,
    dry_run_lines,
    expected_line,
    schedule_options,
)
from harness.cli.options.shared import (
    command_line,
    database_option,
    out_option,
    quiet_option,
    target_option,
    verdict_json_option,
)
from harness.cli.options.target import Caps, owner_options
from harness.cli.options.workers import at_once_of, workers_option
from harness.cli.output import confirm, finish, inform, progress_console, show, show_json
from harness.cli.progress import show_progress
from harness.compose.clients.canary import with_canaries
from harness.compose.defects import DefectiveJudge, planted_by
from harness.compose.directory import make_suite_directory, suite_plan
from harness.compose.history.record import append, recorded_context
from harness.compose.history.since import since_from
from harness.compose.reference import database_for
from harness.compose.scheduling.durations import wall_s
from harness.compose.scheduling.merging import write_shard
from harness.compose.scheduling.resuming import left_of, resumable, set_aside
from harness.compose.scheduling.rotation import key_of, note_evidence
from harness.compose.suite import Progress, run_suite
from harness.compose.targets.before import before_sending, offer_of
from harness.core.errors import ExitCode, UsageError
from harness.ledger.defect import FACTOR
from harness.ledger.plan import PlannedCell, SuiteOptions, SuitePlan
from harness.ledger.rundir import versions
from harness.process.display import refuse_without_display
from harness.process.processes import Processes
from harness.setup.machine import ThisMachine
from harness.target.client.file import CLIENT_PREFIX
from harness.target.target import Target
from reports.pages.kept import Keeper
from reports.pages.publish import publish
from reports.verdict.verdict import Cell
from scenarios.catalogue.planning import plan, refuse_missing
from scenarios.catalogue.request import PlanRequest, load_catalogue

DRY_RUN_SCHEMA = 1
"""Version of the JSON that ``harness run --dry-run --json`` prints."""

_HELP = """Run scenarios, or a whole matrix by its name, and judge what was recorded.

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

Topologies: --topology tries the reference system as something larger: balanced has HAProxy before
two servers, pooled has PgBouncer before PostgreSQL, balanced-pooled both, replicated a replica of
PostgreSQL that answers reads, queued has RabbitMQ and workers between server and PostgreSQL
(docs/scale-out.md).

Targets: --target FILE tries another system (docs/your-own-system.md). One on another machine is
sent nothing without --i-own-this-target HOST, and no more than --max-rate and --max-seconds.
--client PACKAGE tries a recorder of somebody else in the harness's own page (docs/clients.md).

Databases: --keep does not drop the run's database in your PostgreSQL, or copies the data of
the harness's own into the run directory.

History: the suite's facts are kept in a folder beside that of the runs, or where --history
says, for `harness trend`; a shard's are kept when it is merged. With --against a suite that passed
fails where it is worse than a baseline, and is undecided where that is not known.

Time: a suite says first how long it takes, from what its cells took before, and asks on a terminal
when that is long. Cells run one for each core (-n), those that measure speed alone. --budget MIN
runs what fits, the oldest evidence first; a suite may have a budget of its own (nightly has 60;
--budget gives another). --shard K/N runs one of N parts of about the same length, on any machine,
for `harness merge`. A cell of a suite that another one answers, which does all of it and more, is
not run, and its reason says which does. --resume DIR goes on with a suite that was cut
short, with the plan that it had.
"""


@click.command("run", cls=OnceCommand, help=_HELP)
@request_options
@schedule_options
@click.option(
    "--bind", metavar="ADDRESS", help="The address at which remote browsers reach this machine."
)
@workers_option
@click.option("--headed", is_flag=True, help="Show browser windows.")
@click.option("--keep", is_flag=True, help="Keep the database of each run.")
@database_option
@target_option
@client_option
@owner_options
@out_option
@run_history_options
@click.option("--require-all", is_flag=True, help="Treat a missing part as an error (exit code 4).")
@click.option(
    "-v", "--verbose", is_flag=True, help="Print what each cell did as lines, with its phases."
)
@quiet_option
@verdict_json_option
def run_command(
    request: PlanRequest,
    schedule: Schedule,
    bind: str | None,
    workers: int | None,
    headed: bool,
    keep: bool,
    database: str | None,
    target: Target,
    caps: Caps,
    out: Path,
    history: str | None,
    no_history: bool,
    revision: str,
    against: str | None,
    recheck: float | None,
    require_all: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Run scenarios and judge what was recorded."""
    kept_in = history or beside(out)
    _refuse(kept_in, against, recheck, kept=not no_history and schedule.shard is None)
    for level in request.levels.get(FACTOR, ()):
        planted_by(level)  # refuses an unknown one before anything starts
    bound = bound_for(bind, request.levels.get("browser", ()))
    options = SuiteOptions(target=target, headed=headed, keep=keep, bind=bound)
    at_once, why = at_once_of(workers)
    asked = _asked(request, schedule, options, out, at_once)
    if require_all:
        refuse_missing(asked.cells)
    if schedule.dry_run:
        _show_plan(asked.cells, at_once, why, as_json=as_json)
        return
    if asked.plan.options.headed:
        refuse_without_display()
    url = database_for(target, database)
    _announce(asked.cells, target, caps, expected_line(asked.cells, at_once, why))
    if wall_s(asked.cells, at_once) >= ASK_FROM_S and not schedule.yes:
        confirm("Start?")
    directory = asked.directory(out, schedule, request.suite or "scenarios")
    keeper = Keeper.new()
    if target.system.startswith(CLIENT_PREFIX):
        inform(f"{target.name}: does an event of an idle page arrive?")
        with Processes() as processes:
            asked = asked.proven(directory, processes)
    with (
        recorded_context(directory, asked.plan.cells, revision=revision, workers=at_once),
        Processes() as processes,
        _shown(asked.cells, directory, keeper, verbose) as watch,
    ):
        interrupted = run_suite(
            directory,
            asked.plan,
            processes,
            workers=at_once,
            database_url=url,
            watch=watch,
            only=asked.cells if schedule.resume else None,
            judging_key=keeper.key_text,
        )
    published = publish(directory, DefectiveJudge(), since_from(kept_in, directory), keeper)
    note_evidence(out, asked.plan.options.target.name, published.judged.suite)
    if not no_history and schedule.shard is None:  # `harness merge` keeps the whole
        inform(append(kept_in, directory, published.judged))
    code = ExitCode.PASS
    if against is not None:
        code = compare_run(kept_in, against, directory, published.judged, as_json=as_json)
    code = recheck_suite(kept_in, published.judged.suite, out, recheck) or code
    finish(published, as_json=as_json, interrupted=interrupted, passed=code)


def _refuse(history: str, against: str | None, recheck: float | None, *, kept: bool) -> None:
    """Raise UsageError for a baseline that the history does not have, and for a suite that is
    measured again and is not ``kept`` in it."""
    if against is not None:
        refuse_unknown_baseline(history, against)
    if recheck is not None and not kept:
        raise UsageError("--recheck reads the history, and this suite is not kept in it")


def _shown(
    cells: Sequence[PlannedCell], directory: Path, keeper: Keeper, verbose: bool
) -> AbstractContextManager[Callable[[Progress], None]]:
    """Return what shows the progress of a suite, with the verdicts that its workers found."""

    def found(cell: PlannedCell) -> Cell | None:
        return keeper.found(directory / cell.run, cell.plan)

    return show_progress(progress_console, cells, directory if verbose else None, found)


def _announce(cells: Sequence[PlannedCell], target: Target, caps: Caps, expected: str) -> None:
    """Print what will be sent to whom, and about how long it takes. Raises UsageError for a target
    that may not be sent that much."""
    for line in before_sending(target, cells, **caps._asdict()):
        inform(line)
    inform(expected)


def _show_plan(cells: Sequence[PlannedCell], at_once: int, why: str, *, as_json: bool) -> None:
    """Print what would run and how long it would take."""
    if as_json:
        listed = [
            {
                "cell": key_of(cell),
                "about_s": round(cell.about_s, 1),
                "not_run": cell.not_run.reason if cell.not_run else None,
            }
            for cell in cells
        ]
        about_s = round(wall_s(cells, at_once), 1)
        show_json(json.dumps({"schema": DRY_RUN_SCHEMA, "about_s": about_s, "cells": listed}))
        return
    for line in dry_run_lines(cells):
        show(line)
    show(expected_line(cells, at_once, why))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A suite's plan, and the cells of it that are to be run or shown now."""

    plan: SuitePlan
    cells: list[PlannedCell]
    own: tuple[str, ...] = ()

    def proven(self, directory: Path, processes: Processes) -> _Asked:
        """Return the same with the cells *not run* whose client ignores visitors there."""
        cells = with_canaries(self.plan.cells, directory, self.plan.options, processes)
        ran = {cell.run for cell in self.cells}
        plan = replace(self.plan, cells=tuple(cells))
        return _Asked(plan, [cell for cell in cells if cell.run in ran], self.own)

    def directory(self, out: Path, schedule: Schedule, kind: str) -> Path:
        """Return the suite's directory: a new one, or that of the suite that is resumed."""
        if schedule.resume:
            set_aside(schedule.resume, self.cells)
            return schedule.resume
        directory = make_suite_directory(out, kind, started=self.plan.started)
        if schedule.shard:
            write_shard(directory, schedule.shard, self.own)
        return directory


def _asked(
    request: PlanRequest, schedule: Schedule, options: SuiteOptions, out: Path, at_once: int
) -> _Asked:
    """Return what is to be run. Raises UsageError."""
    if schedule.resume:
        if request.names:
            raise UsageError("--resume has a plan already: name no scenarios")
        stored = resumable(schedule.resume, versions())
        left = left_of(schedule.resume, stored.cells)
        if not left:
            raise UsageError(f"--resume {schedule.resume}: every cell has a result")
        return _Asked(stored, left)
    catalogue = load_catalogue(options.target.targets, offer_of(options.target))
    cells = plan(request, catalogue, ThisMachine())
    own = catalogue.suites.get(request.suite, {}).get("budget_min")
    scheduled = schedule.with_budget(own).of(
        cells,
        out,
        target=options.target.name,
        at_once=at_once,
        grows_with=catalogue.grows_with if request.suite else {},
    )
    name = request.suite or ", ".join(request.names)
    suite = suite_plan(name, command_line(), scheduled.cells, options)
    return _Asked(suite, scheduled.cells, scheduled.own)
