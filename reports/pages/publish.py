"""Everything that is written for a suite, from its directories alone; `harness report` redoes it.

verdict.json for machines (docs/verdict-schema.md), junit.xml and ctrf.json for CI, summary.md for
the job's page, comment.md for a pull request, report.html for people (and one in the directory of
each cell that it has no room for), and beside each cell that did not pass the rows behind it
(reports/pages/attachments.py).
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

from msgspec import structs

from harness.core.errors import HarnessError, LedgerDamaged
from harness.ledger import door
from harness.ledger.json_files import write_record
from reports.judging.judge import Around, JudgedRun, JudgedSuite, judge_suite, nothing_around
from reports.pages.attachments import exhibits_of, write_rows
from reports.pages.ci.cases import Beside
from reports.pages.ci.ctrf import render_ctrf
from reports.pages.ci.junit import render_junit
from reports.pages.html import Shown, SuitePage, render_html
from reports.pages.kept import Keeper
from reports.pages.markdown import COMMENT_LIMIT_BYTES, render_markdown
from reports.pages.reproduce import reproduce_commands
from reports.pages.sections.stories import stories_of
from reports.verdict.verdict import SuiteVerdict

SinceWhen = Callable[[JudgedSuite], Mapping[str, str]]
"""Says of failing cells, by ``Cell.name``, since when they fail."""

VERDICT_FILE = "verdict.json"
PAGE_FILE = "report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The judged suite and where its page is."""

    judged: JudgedSuite
    page: Path


def nothing_known(judged: JudgedSuite) -> Mapping[str, str]:
    """Return that of no cell it is known since when it fails."""
    return {}


def publish(
    directory: Path,
    around: Around = nothing_around,
    since: SinceWhen = nothing_known,
    keeper: Keeper | None = None,
) -> Published:
    """Judge a suite or run directory, each run in its context ``around``, and write all reports.

    ``since`` is asked once the suite is judged. What a suite's workers found in its runs comes from
    its ``keeper``; without one every run is judged here.

    Raises LedgerUnreadable when it is neither, HarnessError when the disk is full.
    """
    keeper = keeper or Keeper.new()
    judged = judge_suite(directory, around, keeper.recall)
    suite = judged.suite
    at = str(directory)
    reproduce = reproduce_commands(judged, runs_at=at)
    for run in judged.runs.values():
        write_rows(directory, run)
    fails_since = since(judged)
    shown = {
        name: replace(
            _shown(directory, run, keeper, reproduce.get(name, ""), at),
            since=fails_since.get(name, ""),
        )
        for name, run in judged.runs.items()
    }
    page = SuitePage(suite, shown, runs_at=at)
    beside = Beside(
        runs_at=at,
        reproduce=reproduce,
        files={name: run.node.partition("::")[0] for name, run in judged.runs.items()},
        exhibits={name: one.exhibits for name, one in shown.items()},
    )
    writers: dict[str, Callable[[], str]] = {
        "junit.xml": lambda: render_junit(suite, beside),
        "ctrf.json": lambda: render_ctrf(suite, beside),
        "summary.md": lambda: render_markdown(suite, reproduce=reproduce, runs_at=at),
        "comment.md": lambda: render_markdown(
            suite, reproduce=reproduce, runs_at=at, limit_bytes=COMMENT_LIMIT_BYTES
        ),
        **{
            f"{judged.runs[name].cell.run}/{PAGE_FILE}": partial(
                _own_page, directory, judged.runs[name], shown[name], suite
            )
            for name in page.left_out
        },
        PAGE_FILE: page.render,
    }
    try:
        _remove_stale(directory, judged, page.left_out)
        write_record(directory / VERDICT_FILE, suite)
        for name, render in writers.items():
            door.write(directory, name, render())
    except OSError as error:
        raise HarnessError(
            f"cannot write the report into {directory}: {error.strerror}",
            hint=f"Free some space, then `harness report {shlex.quote(str(directory))}`",
        ) from error
    return Published(judged=judged, page=directory / PAGE_FILE)


def _remove_stale(directory: Path, judged: JudgedSuite, left_out: Sequence[str]) -> None:
    """Remove the pages of cells that an earlier report had no room for and this one has: they show
    what was found then. A run that was reported by itself keeps its page and its verdict."""
    for name, run in judged.runs.items():
        where = run.cell.run
        if name in left_out or where in (None, "."):
            continue
        with contextlib.suppress(LedgerDamaged):
            if not door.is_there(directory, f"{where}/{VERDICT_FILE}"):
                door.remove(directory, f"{where}/{PAGE_FILE}")


def _shown(directory: Path, run: JudgedRun, keeper: Keeper, reproduce: str, at: str) -> Shown:
    cell = run.cell
    is_below = cell.run is not None and cell.run != "."
    return Shown(
        pictures=keeper.pictures(run),
        reproduce=reproduce,
        exhibits=exhibits_of(directory, cell, runs_at=at),
        stories=stories_of(cell, run.read),
        own_page=f"./{quote(str(cell.run))}/{PAGE_FILE}" if is_below else "",
    )


def _own_page(directory: Path, run: JudgedRun, shown: Shown, suite: SuiteVerdict) -> str:
    """Return the page of one cell, as it stands in the cell's own directory."""
    here = directory / str(run.cell.run)
    cell = structs.replace(run.cell, run=".")
    alone = structs.replace(
        suite,
        cells=(cell,),
        verdict=cell.verdict,
        reason=cell.reason,
        interrupted=False,
        columns=(),
    )
    exhibits = exhibits_of(here, cell, runs_at=str(here))
    return render_html(
        alone, {cell.name: replace(shown, exhibits=exhibits, own_page="")}, runs_at=str(here)
    )
