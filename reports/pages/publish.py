"""Everything that is written for a suite, from its directories alone; `harness report` redoes it.

verdict.json for machines (docs/verdict-schema.md), junit.xml and ctrf.json for CI, summary.md for
the job's page, comment.md for a pull request, report.html for people, and beside each cell that did
not pass the rows behind it (reports/pages/attachments.py).
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import HarnessError
from harness.ledger import door
from harness.ledger.json_files import write_record
from reports.judging.judge import Around, JudgedSuite, judge_suite, nothing_around
from reports.pages.attachments import exhibits_of, write_rows
from reports.pages.ci.cases import Beside
from reports.pages.ci.ctrf import render_ctrf
from reports.pages.ci.junit import render_junit
from reports.pages.html import render_html
from reports.pages.markdown import COMMENT_LIMIT_BYTES, render_markdown
from reports.pages.reproduce import reproduce_commands
from reports.plots.of_run import pictures_of

VERDICT_FILE = "verdict.json"
PAGE_FILE = "report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The judged suite and where its page is."""

    judged: JudgedSuite
    page: Path


def publish(directory: Path, around: Around = nothing_around) -> Published:
    """Judge a suite or run directory, each run in its context ``around``, and write all reports.

    Raises LedgerUnreadable when it is neither, HarnessError when the disk is full.
    """
    judged = judge_suite(directory, around)
    suite = judged.suite
    pictures = {
        name: pictures_of(run.evidence) for name, run in judged.runs.items() if run.evidence
    }
    at = str(directory)
    reproduce = reproduce_commands(judged, runs_at=at)
    for run in judged.runs.values():
        write_rows(directory, run.cell, run.evidence)
    exhibits = {cell.name: exhibits_of(directory, cell, runs_at=at) for cell in suite.cells}
    files = {name: run.node.partition("::")[0] for name, run in judged.runs.items()}
    beside = Beside(runs_at=at, reproduce=reproduce, files=files, exhibits=exhibits)
    writers: dict[str, Callable[[], str]] = {
        "junit.xml": lambda: render_junit(suite, beside),
        "ctrf.json": lambda: render_ctrf(suite, beside),
        "summary.md": lambda: render_markdown(suite, reproduce=reproduce, runs_at=at),
        "comment.md": lambda: render_markdown(
            suite, reproduce=reproduce, runs_at=at, limit_bytes=COMMENT_LIMIT_BYTES
        ),
        PAGE_FILE: lambda: render_html(
            suite, pictures, reproduce=reproduce, runs_at=at, exhibits=exhibits
        ),
    }
    try:
        write_record(directory / VERDICT_FILE, suite)
        for name, render in writers.items():
            door.write(directory, name, render())
    except OSError as error:
        raise HarnessError(
            f"cannot write the report into {directory}: {error.strerror}",
            hint=f"Free some space, then `harness report {shlex.quote(str(directory))}`",
        ) from error
    return Published(judged=judged, page=directory / PAGE_FILE)
