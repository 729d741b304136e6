"""``harness compare``: two stored results side by side."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from harness.cli.group import OnceCommand
from harness.cli.options.shared import json_option
from harness.cli.output import say, show_json, table_console
from harness.compose.defects import DefectiveJudge
from harness.core.errors import ExitCode, HarnessError
from harness.ledger import door
from harness.ledger.json_files import encode_record
from reports.compare.compare import compare
from reports.compare.page import render_compared
from reports.compare.record import ComparedRecord
from reports.compare.sides import read_sides
from reports.compare.table import print_compared

EXIT_CODES = {
    "worse": ExitCode.FAIL,
    "undecided": ExitCode.UNDECIDED,
    "no worse": ExitCode.PASS,
    "no difference": ExitCode.PASS,
}
"""What a comparison ends in."""


@click.command("compare", cls=OnceCommand)
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@json_option
@click.option("--page", type=click.Path(path_type=Path), help="Also write a page (HTML) there.")
def compare_command(a: Path, b: Path, as_json: bool, page: Path | None) -> None:
    """Compare A (before) with B (after): two suites or runs, or two experiments.

    Differences of environment come first, then losses, verdicts and checks, then latencies with
    intervals. Suites and runs are judged anew, so that both are held against the same checks.

    \b
    0  nothing got worse
    1  B loses what A does not, or a check that passed in A fails in B
    3  undecided: the two are not comparable, or B did not decide what A did
    """
    found = compare(read_sides(a, b, DefectiveJudge()))
    if as_json:
        show_json(encode_record(found, "the comparison"))
    else:
        print_compared(found, table_console())
    if page is not None:
        _write_page(page, found)
    sys.exit(EXIT_CODES[found.outcome])


def _write_page(page: Path, found: ComparedRecord) -> None:
    try:
        door.write(page.parent, page.name, render_compared(found))
    except OSError as error:
        raise HarnessError(f"cannot write {page}: {error.strerror}") from error
    say(f"page: {page}")
