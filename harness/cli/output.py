"""What every command prints: results to standard output, everything else to standard error.

Everything is cleaned here before a terminal sees it (``harness.core.terminal.clean``), and nothing
is printed elsewhere: ``tests/house`` holds that.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

import click
from rich.console import Console

from harness.core.errors import ExitCode
from harness.core.terminal import clean, clean_json
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
    """Print a line of progress to standard error, cleaned: no markup, no wrapping."""
    console.print(clean(line), markup=False, emoji=False, soft_wrap=True)


def show(text: str) -> None:
    """Print a part of the result to standard output, cleaned."""
    click.echo(clean(text))


def show_json(text: str) -> None:
    """Print JSON to standard output, what would steer a terminal as escapes of JSON's own."""
    click.echo(clean_json(text))


def table_console() -> Console:
    """Return the console on standard output, for tables whose texts are cleaned."""
    return Console(highlight=False)


def finish(published: Published, *, as_json: bool, interrupted: bool = False) -> None:
    """Print the verdict and the report's path, and exit with the code of the verdict."""
    suite = published.judged.suite
    if as_json:
        show_json(encode_record(suite, "verdict.json"))
    else:
        print_table(suite, table_console())
    say(f"report: {published.page}")
    sys.exit(ExitCode.INTERRUPTED if interrupted else EXIT_CODES[suite.verdict])


def print_parts(parts: Sequence[PartStatus], *, as_json: bool) -> None:
    """Print the parts of the machine: found with its version, or missing with its fix."""
    if as_json:
        content = {"schema": PARTS_SCHEMA, "parts": [asdict(part) for part in parts]}
        show_json(json.dumps(content))
        return
    for part in parts:
        found = part.state == "found"
        show(f"{'found  ' if found else 'missing'}  {part.name:<20} {part.version} {part.where}")
        if not found:
            show(f"{'':9}{part.needed_for}: {part.detail}; fix: {part.fix}")
