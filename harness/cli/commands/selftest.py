"""``harness selftest``: does the harness catch what it must, by the right name?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import click

from harness.cli.group import OnceCommand
from harness.cli.options.shared import command_line, json_option, out_option
from harness.cli.options.workers import at_once_of, workers_option
from harness.cli.output import EXIT_CODES, console, say, show, show_json, table_console
from harness.cli.progress import show_progress
from harness.compose.defects import DefectiveJudge, known_defects
from harness.compose.directory import make_suite_directory, suite_plan
from harness.compose.records.clean_cells import (
    RECORD_FILE,
    false_alarms,
    read_clean,
    record_clean,
)
from harness.compose.records.power import POWER_FILE, rates, read_power, record_power
from harness.compose.scheduling.durations import remembered, timed, wall_s
from harness.compose.selftest import (
    SUITE,
    SelfTest,
    cells_of,
    kill_matrix,
    merged,
    seeded_by,
    walks_of,
)
from harness.compose.simulated_trials import SIMULATION, SimulatedTrial, simulate_trials
from harness.compose.suite import run_suite
from harness.core.clock import NS_PER_S, now
from harness.core.errors import ExitCode, UsageError
from harness.ledger.json_files import encode_record, write_record, write_text
from harness.ledger.plan import PlannedCell
from harness.process.processes import Processes
from harness.setup.machine import ThisMachine
from reports.core.text import count, duration
from reports.judging.kill_matrix import KillMatrix, Power
from reports.pages import kill_matrix as pages
from reports.pages.publish import publish
from scenarios.catalogue.declare import load_all
from scenarios.catalogue.request import load_catalogue

_LAYERS = ("recorder", "server", "database", "pool", "product", "network", "harness")


@click.command("selftest", cls=OnceCommand)
@click.option("--defect", "ids", multiple=True, metavar="ID", help="Only this. Can be repeated.")
@click.option("--layer", "layers", multiple=True, type=click.Choice(_LAYERS), help="Only these.")
@click.option(
    "--scenario", "scenarios", multiple=True, help="Try them in this scenario. Can be repeated."
)
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many seeds, for defects that chance decides, that are named, or simulated.",
)
@click.option("--smoke", is_flag=True, help="Only a dozen defects of all layers: five minutes.")
@click.option("--twins/--no-twins", default=True, help="Run the healthy twins too.")
@workers_option
@out_option
@json_option
@click.option("--list", "as_list", is_flag=True, help="List the defects; run nothing.")
@click.option(
    "--from",
    "stored",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Show the matrix of stored self-tests, joined; run nothing. Can be repeated.",
)
@click.option(
    "--document", type=click.Path(path_type=Path), help="Write the matrix into this Markdown file."
)
@click.option(
    "--record",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Add a suite's clean cells, and what its seeds caught, to the records. Can be repeated.",
)
@click.option(
    "--clean-cells",
    type=click.Path(path_type=Path),
    default=RECORD_FILE,
    show_default=True,
    help="The record of clean cells.",
)
@click.option(
    "--power",
    type=click.Path(path_type=Path),
    default=POWER_FILE,
    show_default=True,
    help="The record of how many seeds catch a defect.",
)
def selftest_command(
    ids: tuple[str, ...],
    layers: tuple[str, ...],
    scenarios: tuple[str, ...],
    seeds: int,
    smoke: bool,
    twins: bool,
    workers: int | None,
    out: Path,
    as_json: bool,
    as_list: bool,
    stored: tuple[Path, ...],
    document: Path | None,
    record: tuple[Path, ...],
    clean_cells: Path,
    power: Path,
) -> None:
    """Test the tester: run scenarios against systems with one defect each.

    Every defect must be caught, by one of the fates and checks that it names; its healthy twin (the
    same switch, with sound behaviour) must be green. The result is the kill matrix: a table here,
    kill-matrix.json and kill-matrix.html in the run's directory. A defect that is missed or caught
    under another name, or a twin that is accused, is a failure (exit code 1); one whose switch was
    never reached, or whose cell could not run, leaves it undecided (3).

    \b
    harness selftest --smoke -n 2            a dozen of all layers, five minutes
    harness selftest --defect no_insert      one, and its twin
    harness selftest --layer server -n 2     all of the server's
    harness selftest --scenario simulation   the recorder's, without a browser
    harness up --defect no_insert            look at it by hand
    harness run first_visit --arm defect=no_insert
    harness selftest --from runs/latest --document docs/kill-matrix.md
    harness selftest --defect unsorted_locks --seeds 20   how often is it caught?
    harness selftest --record runs/latest    count its clean cells and what its seeds caught
    """
    if as_list:
        _show_defects()
        return
    for place in filter(None, (document, clean_cells, power)):
        _refuse_strange(place)
    records = _Records(clean_cells, power)
    if record:
        records.add(record)
        return
    if stored:
        matrix = merged([_stored(directory) for directory in stored])
        _finish(matrix, document, records, as_json=as_json)
    test = SelfTest(
        ids=ids, layers=layers, scenarios=scenarios, seeds=seeds, smoke=smoke, twins=twins
    )
    cells = timed(cells_of(test, load_catalogue(), ThisMachine()), remembered(out))
    walks = walks_of(test)
    suite = suite_plan(SUITE, command_line(), cells)
    directory = make_suite_directory(out, SUITE, started=suite.started)
    at_once, _ = at_once_of(workers)
    say(_length(cells, walks, at_once))
    with Processes() as processes, show_progress(console, cells) as watch:
        interrupted = run_suite(
            directory, suite, processes, workers=at_once, database_url=None, watch=watch
        )
    if not interrupted:
        simulate_trials(walks, seeded_by, directory, watch=_Simulating(walks))
    _finish(_stored(directory), document, records, as_json=as_json, directory=directory)


@dataclass(frozen=True, slots=True)
class _Records:
    """The files of both records."""

    clean_cells: Path
    power: Path

    def add(self, suites: Sequence[Path]) -> None:
        """Add what these suites say, and print where to."""
        scenarios = load_all()
        record_clean(self.clean_cells, suites, scenarios)
        say(f"{self.clean_cells}: {self.alarms()}")
        seeds = record_power(self.power, suites, scenarios).seeds
        caught, n = sum(one.caught for one in seeds), sum(one.n for one in seeds)
        pairs = f"{len(seeds)} pairs of a defect and a scenario"
        say(f"{self.power}: {caught:,} of {n:,} seeds caught their defect, in {pairs}")

    def alarms(self) -> str:
        """Return what is known of false alarms, in a sentence."""
        return pages.bound_sentence(*false_alarms(read_clean(self.clean_cells), load_all()))

    def rates(self, matrix: KillMatrix) -> tuple[Power, ...]:
        """Return how often the matrix's defects are caught, where chance decides."""
        return rates(matrix, read_power(self.power), load_all())


def _refuse_strange(place: Path) -> None:
    """Raise UsageError for what a file that is written would take the place of: a device, a link to
    one (/dev/stdout), a folder."""
    if place.is_symlink() or (place.exists() and not place.is_file()):
        raise UsageError(f"{place} is not a regular file; it would be replaced")


def _length(cells: Sequence[PlannedCell], walks: Sequence[SimulatedTrial], at_once: int) -> str:
    """Return what a self-test does and how long its cells take, in a line."""
    runs = sum(cell.not_run is None for cell in cells)
    parts = [f"{count(runs, 'cell')}, about {duration(wall_s(cells, at_once))}"] if runs else []
    if walks:
        most = sum(trial.walks for trial in walks)
        parts.append(f"{count(len(walks), 'simulated trial')} of {most:,} walks at most")
    return "; then ".join(parts) or "nothing to run"


class _Simulating:
    """Says of each simulated defect that it begins, and how much time is left at most, by what the
    walks took so far."""

    def __init__(self, trials: Sequence[SimulatedTrial]) -> None:
        self._most = sum(trial.walks for trial in trials)
        self._begun = 0
        self._began_ns = now().mono_ns

    def __call__(self, trials: Sequence[SimulatedTrial]) -> None:
        """Say that these seeds of a defect begin."""
        seeds = f"{len(trials)} seeds of " if len(trials) > 1 else ""
        line = f"{SIMULATION} {trials[0].defect}: {seeds}{trials[0].walks:,} walks at most"
        if self._begun:
            took_s = (now().mono_ns - self._began_ns) / NS_PER_S
            left_s = (self._most - self._begun) * took_s / self._begun
            line += f"; at most about {duration(left_s)} left"
        self._begun += sum(trial.walks for trial in trials)
        say(line)


def _stored(directory: Path) -> KillMatrix:
    """Judge a self-test's suite, each run with its defect, and return its matrix."""
    judge = DefectiveJudge()
    return kill_matrix(directory, publish(directory, judge).judged, judge)


class _Known(TypedDict):
    alarms: str
    rates: tuple[Power, ...]


def _finish(
    matrix: KillMatrix,
    document: Path | None,
    records: _Records,
    *,
    as_json: bool,
    directory: Path | None = None,
) -> None:
    known: _Known = {"alarms": records.alarms(), "rates": records.rates(matrix)}
    if directory is not None:
        write_record(directory / pages.JSON_FILE, matrix)
        write_text(directory / pages.PAGE_FILE, pages.render_page(matrix, **known))
    if document is not None:
        write_text(document, pages.render_document(matrix, **known))
    if as_json:
        show_json(encode_record(matrix, pages.JSON_FILE))
    else:
        pages.print_kills(matrix, table_console(), **known)
    if directory is not None:
        say(f"kill matrix: {directory / pages.PAGE_FILE}")
    sys.exit(ExitCode.INTERRUPTED if matrix.interrupted else EXIT_CODES[matrix.verdict])


def _show_defects() -> None:
    for defect in known_defects():
        expected = ", ".join(sorted(defect.expected))
        tried: Sequence[str] = [str(trial.scenario) for trial in defect.trials]
        show(f"{defect.layer}/{defect.id}{'  (chance)' if defect.chance else ''}")
        show(f"    {defect.about}")
        show(f"    {defect.verdict}: {expected}; tried in {', '.join(tried)}")
