"""``harness compare``: two stored results side by side, or a suite beside a baseline."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from harness.cli.group import OnceCommand
from harness.cli.options.history import DEFAULT_HISTORY, history_option
from harness.cli.options.shared import json_option
from harness.cli.output import say, show, show_json, table_console
from harness.compose.defects import DefectiveJudge
from harness.compose.history.baselines import compare_with
from harness.compose.history.history import open_history
from harness.core.errors import ExitCode, HarnessError, UsageError
from harness.ledger import door
from harness.ledger.json_files import encode_record
from reports.compare.against.markdown import render_compared_markdown
from reports.compare.compare import compare
from reports.compare.page import render_compared
from reports.compare.record import ComparedRecord
from reports.compare.sides import read_sides
from reports.compare.table import print_compared
from reports.history.facts import facts_of
from reports.judging.judge import judge_suite

EXIT_CODES = {
    "worse": ExitCode.FAIL,
    "undecided": ExitCode.UNDECIDED,
    "no worse": ExitCode.PASS,
    "no difference": ExitCode.PASS,
}
"""What a comparison ends in."""


@click.command("compare", cls=OnceCommand)
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path), required=False)
@click.option(
    "--against",
    metavar="NAME",
    help="Compare the suite A with this baseline of the history (`harness baseline set`).",
)
@history_option
@json_option
@click.option(
    "--markdown", is_flag=True, help="Print the text of a pull request's comment (≤ 65,000 bytes)."
)
@click.option("--page", type=click.Path(path_type=Path), help="Also write a page (HTML) there.")
def compare_command(
    a: Path,
    b: Path | None,
    against: str | None,
    history: str,
    as_json: bool,
    markdown: bool,
    page: Path | None,
) -> None:
    """Compare A (before) with B (after): two suites or runs, or two experiments.

    Differences of environment come first, then losses, verdicts and checks, then latencies with
    intervals. Suites and runs are judged anew, so that both are held against the same checks.
    With --against one suite is compared with a set of earlier ones, whose nights show what differs
    by chance: a figure is worse where it lies outside what they predict, by more than 5 %.

    \b
    0  nothing got worse
    1  B loses what A does not, a check that passed in A fails in B, or a figure got worse
    3  undecided: the two are not comparable, or B did not decide what A did
    """
    if (b is None) == (against is None):
        raise click.UsageError("two directories are compared, or one --against a baseline")
    if as_json and markdown:
        raise UsageError("--json and --markdown are two formats", hint="Name one of them")
    if b is not None:
        found = compare(read_sides(a, b, DefectiveJudge()))
    else:
        with open_history(history or DEFAULT_HISTORY) as stored:
            facts = facts_of(a, judge_suite(a, DefectiveJudge()))
            found = compare_with(stored, str(against), facts, a)
    show_compared(found, as_json=as_json, markdown=markdown)
    if page is not None:
        _write_page(page, found)
    sys.exit(EXIT_CODES[found.outcome])


def show_compared(found: ComparedRecord, *, as_json: bool = False, markdown: bool = False) -> None:
    """Print a comparison in one of its formats."""
    if as_json:
        show_json(encode_record(found, "the comparison"))
    elif markdown:
        show(render_compared_markdown(found))
    else:
        print_compared(found, table_console())


def _write_page(page: Path, found: ComparedRecord) -> None:
    try:
        door.write(page.parent, page.name, render_compared(found))
    except OSError as error:
        raise HarnessError(f"cannot write {page}: {error.strerror}") from error
    say(f"page: {page}")
