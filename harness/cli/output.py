"""What every command prints: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

import click
from rich.console import Console

from harness.core.errors import ExitCode
from harness.ledger.json_files import encode_record
from harness.setup import PartStatus
from reports.pages.publish import Published
from reports.pages.table import print_table
from reports.verdict.verdict import Verdict

PARTS_SCHEMA = 2
"""Version of the JSON that ``harness doctor --json`` and ``harness setup --json`` print."""

EXIT_CODES = {
    Verdict.PASS: ExitCode.PASS,
    Verdict.FAIL: ExitCode.FAIL,
    Verdict.UNKNOWN: ExitCode.UNDECIDED,
    Verdict.NOT_RUN: ExitCode.NOTHING_RAN,
}
"""What a verdict ends in."""


console = Console(stderr=True, highlight=False)
"""The one console on standard error."""


def say(line: str) -> None:
    """Print a line of progress to standard error, as it is: no markup, no wrapping."""
    console.print(line, markup=False, soft_wrap=True)


def finish(published: Published, *, as_json: bool, interrupted: bool = False) -> None:
    """Print the verdict and the report's path, and exit with the code of the verdict."""
    suite = published.judged.suite
    if as_json:
        click.echo(encode_record(suite, "verdict.json"))
    else:
        print_table(suite, Console(highlight=False))
    say(f"report: {published.page}")
    sys.exit(ExitCode.INTERRUPTED if interrupted else EXIT_CODES[suite.verdict])


def print_parts(parts: Sequence[PartStatus], *, as_json: bool) -> None:
    """Print the parts of the machine: found with its version, or missing with its fix."""
    if as_json:
        content = {"schema": PARTS_SCHEMA, "parts": [asdict(part) for part in parts]}
        click.echo(json.dumps(content))
        return
    for part in parts:
        found = part.state == "found"
        click.echo(
            f"{'found  ' if found else 'missing'}  {part.name:<20} {part.version} {part.where}"
        )
        if not found:
            click.echo(f"{'':9}{part.needed_for}: {part.detail}; fix: {part.fix}")
