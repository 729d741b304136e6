"""Everything that is written for a suite, from its directories alone; `harness report` redoes it.

verdict.json for machines (docs/verdict-schema.md), junit.xml for CI, summary.md for a pull
request, report.html for people, and beside each cell that did not pass the rows behind it
(reports/pages/attachments.py).
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
from reports.pages.html import render_html
from reports.pages.junit import render_junit
from reports.pages.markdown import render_markdown
from reports.plots.of_run import pictures_of
from reports.verdict.verdict import Cell

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
    reproduce = {cell.name: reproduce_command(cell) for cell in suite.cells}
    at = str(directory)
    for run in judged.runs.values():
        write_rows(directory, run.cell, run.evidence)
    exhibits = {cell.name: exhibits_of(directory, cell, runs_at=at) for cell in suite.cells}
    writers: dict[str, Callable[[], str]] = {
        "junit.xml": lambda: render_junit(suite, reproduce=reproduce, runs_at=at),
        "summary.md": lambda: render_markdown(suite, reproduce=reproduce, runs_at=at),
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


def reproduce_command(cell: Cell) -> str:
    """Return the command that runs just this cell again."""
    factors = dict(part.split("=", 1) for part in cell.arm.split(",") if "=" in part)
    kind = cell.browser.kind if cell.browser else ""
    if kind == "device" or (kind == "emulated" and "device" not in factors):
        # A person's steps: nothing else can do them again.
        return shlex.join(["harness", "device", "--preset", factors.get("preset", "durable")])
    if {"walk", "try"} <= factors.keys():  # one try of one walk, not a cell of any suite
        words = ["harness", "walk", "--seed", str(cell.seed), "--walk", factors["walk"]]
        return shlex.join([*words, "--browser", factors.get("browser", "chromium")])
    words = ["harness", "run", cell.scenario, "--seed", str(cell.seed)]
    for factor in ("browser", "preset"):
        if factor in factors:
            words += [f"--{factor}", factors[factor]]
    if network := factors.get("network"):
        # Of a stored run, whatever networks there are today. It may have its profile apart.
        line = factors.get("line")
        words += ["--network", f"{line}@{network}" if line else network]
    for factor, level in factors.items():
        if factor not in ("browser", "preset", "network", "line"):
            words += ["--arm", f"{factor}={level}"]
    return shlex.join(words)
