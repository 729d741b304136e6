"""What every command prints: results to standard output, everything else to standard error.

Everything is cleaned here before a terminal sees it (``harness.core.terminal.clean``), and nothing
is printed elsewhere: ``tests/house`` holds that.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TextIO

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.core.errors import ExitCode
from harness.core.terminal import clean, clean_json
from harness.ledger.json_files import encode_record
from harness.setup import PartStatus
from reports.pages.publish import Published
from reports.pages.table import print_table
from reports.verdict.verdict import Verdict

PARTS_SCHEMA = 2
"""Version of the JSON that ``harness doctor --json`` and ``harness setup --json`` print."""

MOST_COLUMNS = 120
"""Wider lines are hard to read."""

EXIT_CODES = {
    Verdict.PASS: ExitCode.PASS,
    Verdict.FAIL: ExitCode.FAIL,
    Verdict.UNKNOWN: ExitCode.UNDECIDED,
    Verdict.NOT_RUN: ExitCode.NOTHING_RAN,
}
"""What a verdict ends in."""


class ClosedPipe(Exception):
    """The reader of standard output is gone, as of ``harness … | head -1``: no party's failure."""


class _Progress(Console):
    """Standard error: when it takes nothing more (its reader is gone, the disk that its file lies
    on is full) the command goes on without it."""

    def _check_buffer(self) -> None:
        try:
            super()._check_buffer()
        except OSError:
            self.on_broken_pipe()

    def on_broken_pipe(self) -> None:
        """Print no more."""
        self.quiet = True
        _discard(sys.stderr)


class _Results(Console):
    """Standard output. Raises ClosedPipe when its reader is gone."""

    def on_broken_pipe(self) -> None:
        """Raise ClosedPipe."""
        raise ClosedPipe


console: Console = _Progress(stderr=True, highlight=False)
"""The one console on standard error."""


progress_console: Console = _Progress(stderr=True, highlight=False)
"""The same for progress alone, which ``--quiet`` leaves out."""


def say(line: str) -> None:
    """Print a line of progress to standard error, cleaned: no markup, no wrapping."""
    console.print(clean(line), markup=False, emoji=False, soft_wrap=True)


def be_quiet(quiet: bool) -> None:
    """Print no progress from now on (or print it again); errors and results are printed always."""
    progress_console.quiet = quiet


def inform(line: str) -> None:
    """Print a line of progress that an error does not depend on, unless ``--quiet`` was given."""
    if not progress_console.quiet:
        say(line)


def confirm(question: str) -> None:
    """Ask on a terminal whether to go on; elsewhere do not ask. Raises click.Abort for no."""
    if sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():
        click.confirm(question, default=True, abort=True, err=True)


def show(text: str) -> None:
    """Print a part of the result to standard output, cleaned.

    Raises ClosedPipe when its reader is gone.
    """
    _echo(clean(text))


def width() -> int:
    """Return how many columns standard output has, 80 where that is not known."""
    return min(shutil.get_terminal_size((80, 24)).columns, MOST_COLUMNS)


def show_json(text: str) -> None:
    """Print JSON to standard output, what would steer a terminal as escapes of JSON's own."""
    _echo(clean_json(text))


def table_console() -> Console:
    """Return the console on standard output, for tables whose texts are cleaned."""
    return _Results(highlight=False)


def show_lines(lines: Iterable[Text | Table]) -> None:
    """Print texts, which do not wrap, and tables to standard output; they are cleaned already.

    A character that standard output cannot write becomes a question mark. Raises ClosedPipe when
    its reader is gone.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    results = table_console()
    for one in lines:
        is_text = isinstance(one, Text)
        results.print(one, markup=False, highlight=False, emoji=False, soft_wrap=is_text)


def flush_results() -> bool:
    """Write what is left for standard output; return whether its reader is still there."""
    if sys.stdout is None:  # it was closed before the start
        return True
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)
        return False
    return True


def _echo(text: str) -> None:
    try:
        click.echo(text)
    except BrokenPipeError as error:
        raise ClosedPipe from error


def _discard(stream: TextIO) -> None:
    """Let what is still to be written to a stream go nowhere; Python writes it at its end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def finish(
    published: Published,
    *,
    as_json: bool,
    interrupted: bool = False,
    passed: ExitCode = ExitCode.PASS,
) -> None:
    """Print the verdict and the report's path, and exit with the code of the verdict.

    ``passed`` is the code of a suite that passed: it may be worse than a baseline.
    """
    suite = published.judged.suite
    if as_json:
        show_json(encode_record(suite, "verdict.json"))
    else:
        print_table(suite, table_console())
    inform(f"report: {published.page}")
    if interrupted:
        sys.exit(ExitCode.INTERRUPTED)
    sys.exit(passed if suite.verdict is Verdict.PASS else EXIT_CODES[suite.verdict])


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
