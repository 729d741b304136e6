"""``harness recheck``: what is suspect after one night, measured beside the last good revision."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from harness.cli.commands.history.trend import nights_in
from harness.cli.group import OnceCommand
from harness.cli.options.history import history_option
from harness.cli.options.shared import FiniteRange, json_option, out_option
from harness.cli.output import say, show, show_json
from harness.compose.experiments.alone import alone_on
from harness.compose.history.history import open_history
from harness.compose.history.recheck import recheck, run_cell
from harness.core.clock import utc_stamp
from harness.core.errors import ExitCode, HarnessError
from harness.ledger.history.facts import SuiteFacts
from harness.ledger.json_files import encode_record, write_record
from harness.process.processes import Processes
from harness.setup.host import Host
from reports.core.text import duration
from reports.history.recheck import Question, RecheckRecord, questions_of
from reports.history.record import TrendRecord
from reports.history.trend import trend
from reports.verdict.verdict import SuiteVerdict

RECHECK_FILE = "recheck.json"
MOST_NIGHTS = 60
_BUDGET_MIN = 20.0


@click.command("recheck", cls=OnceCommand)
@click.argument("metric", nargs=-1)
@history_option
@click.option("--suite", metavar="NAME", help="Which suite.  [default: that of the newest night]")
@click.option(
    "--budget",
    type=FiniteRange(0, min_open=True),
    metavar="MIN",
    default=_BUDGET_MIN,
    show_default=True,
    help="For how many minutes at most.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be measured; run nothing.")
@out_option
@json_option
def recheck_command(
    metric: tuple[str, ...],
    history: str,
    suite: str | None,
    budget: float,
    dry_run: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Measure what is suspect after the newest night again, beside the last good revision.

    One night cannot tell a change of the code from chance or from the machine. Both revisions are
    checked out beside one another (git worktree), and run the suspect cell in turns on this machine
    as it is now: six to twelve pairs of runs for each cell, the surest suspicion first, as many as
    fit into --budget. METRIC names figures, as for `harness trend`.

    It ends with 1 where the suspect revision is worse, and with 3 where that is undecided or could
    not be measured: the reason is printed.
    """
    record = recheck_newest(
        history,
        suite,
        metric,
        out=out,
        budget_s=60 * budget,
        dry_run=dry_run,
    )
    if as_json:
        show_json(encode_record(record, RECHECK_FILE))
    else:
        for line in recheck_lines(record):
            show(line)
    sys.exit(exit_code(record))


def recheck_newest(
    history: str,
    suite: str | None,
    metric: tuple[str, ...] = (),
    *,
    out: Path,
    budget_s: float,
    dry_run: bool = False,
) -> RecheckRecord:
    """Measure the suspects of a suite's newest night again; keep what came of it below ``out``.

    Raises HarnessError, UsageError.
    """
    found, newest = _newest(history, suite, metric)
    questions = questions_of(found, newest)
    if not questions or dry_run:
        for one in questions:
            _announce(one)
        return RecheckRecord(suite=found.suite, night=newest.started)
    directory = _directory(out)
    with alone_on(Host.here().cache, directory), Processes() as processes:
        record = recheck(found, newest, directory, run_cell(processes), budget_s=budget_s, say=say)
    write_record(directory / RECHECK_FILE, record)
    return record


def recheck_suite(
    history: str, suite: SuiteVerdict, out: Path, budget_min: float | None
) -> ExitCode:
    """Measure the suspects of a suite that just ended again, where there is a budget, and print
    what came of it; return what it ends in where it passed: what stays undecided takes no verdict
    along."""
    if budget_min is None or suite.interrupted:
        return ExitCode.PASS
    try:
        record = recheck_newest(history, suite.suite, out=out, budget_s=60 * budget_min)
    except HarnessError as error:
        say(f"recheck: {error.line}")
        return ExitCode.PASS
    for line in recheck_lines(record):
        say(f"recheck: {line}")
    return ExitCode.FAIL if exit_code(record) is ExitCode.FAIL else ExitCode.PASS


def recheck_lines(record: RecheckRecord) -> list[str]:
    """Return what became of the suspects, a line each."""
    lines = [answer.sentence for answer in record.answers]
    for one in record.left_out:
        figures = ", ".join(one.figures)
        lines.append(f"{figures} of {one.scenario} [{one.arm}]: not measured again: {one.reason}")
    return lines or [f"{record.suite}, {record.night}: nothing is measured again"]


def exit_code(record: RecheckRecord) -> ExitCode:
    """Return 1 where a suspect revision is worse, 3 where one is undecided or was left out."""
    verdicts = {answer.verdict for answer in record.answers}
    if "worse" in verdicts:
        return ExitCode.FAIL
    return ExitCode.UNDECIDED if "undecided" in verdicts or record.left_out else ExitCode.PASS


def _directory(out: Path) -> Path:
    """Make a folder for the runs, beside those of suites: ``latest`` stays the suite's."""
    directory = out.absolute() / f"{utc_stamp()}-{os.getpid()}-recheck"
    try:
        directory.mkdir(parents=True)
    except OSError as error:
        raise HarnessError(f"cannot make {directory}: {error.strerror}") from error
    return directory


def _newest(
    history: str, suite: str | None, metric: tuple[str, ...]
) -> tuple[TrendRecord, SuiteFacts]:
    with open_history(history) as stored:
        heads = nights_in(stored, suite)[-MOST_NIGHTS:]
        nights = [(one.digest, one.facts) for one in stored.whole(heads)]
        troubles = [f"{one.name}: {one.what}" for one in stored.troubles]
    return trend(nights, patterns=metric, troubles=troubles), nights[-1][1]


def _announce(question: Question) -> None:
    say(
        f"{question.cell}: {', '.join(question.figures)} is suspect with {question.suspect}; "
        f"a pair of runs with {question.good or 'no revision'} takes about "
        f"{duration(question.pair_s)}"
    )
