"""What a CI system shows of a cell, in whichever format it reads it.

JUnit XML and CTRF hold the same headline, the same lines below it and the same files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reports.core import text
from reports.pages import words
from reports.pages.attachments import EVIDENCE_DIR, Exhibit
from reports.verdict.verdict import Cell, Finding, SuiteVerdict, Verdict

# A report that carries everything is refused by CI systems; the run directory has the rest.
_MOST_EXAMPLES = 8
_MOST_FILES = 5
_UNSAFE = frozenset("[]|\n\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a report knows of the cells beside their verdicts, by ``Cell.name``.

    ``runs_at`` is the suite's directory as the reader would type it. ``reproduce`` holds commands,
    ``files`` where the scenario is, relative to the package, ``exhibits`` the files of evidence.
    """

    runs_at: str = ""
    reproduce: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    exhibits: Mapping[str, Sequence[Exhibit]] = field(default_factory=dict)

    def run(self, cell: Cell) -> str:
        """Return the cell's run directory as the reader would type it; empty if nothing ran."""
        return words.join_path(self.runs_at, cell.run) if cell.run else ""


def see_command(cell: Cell, beside: Beside) -> str:
    """Return the command that shows what went wrong; empty for a cell of which nothing is known.

    It is the story of the first impression that a check names, else the run's own page, else the
    command that runs the cell.
    """
    run = beside.run(cell)
    if not run:
        return beside.reproduce.get(cell.name, "")
    first = next(filter(words.is_impression, (one for f in _bad(cell) for one in f.examples)), None)
    return words.explain_command(run, first) if first else words.report_command(run)


def headline(cell: Cell, beside: Beside) -> str:
    """Return the first line of what went wrong: the check, what it found, how to see it.

    Some readers show only this.
    """
    if cell.verdict is Verdict.NOT_RUN:
        return words.not_run_reason(cell)
    reason = text.one_line(cell.reason)
    if cell.failed_as_expected:
        return f"failed as expected: {reason}"
    see = see_command(cell, beside)
    return f"{reason} | see it: {see}" if see else reason


def details(cell: Cell, beside: Beside) -> list[str]:
    """Return the lines below the headline: each check that did not pass, with its examples."""
    run = beside.run(cell)
    lines = []
    for finding in _open(cell):
        summary = text.one_line(finding.summary)
        lines.append(f"{words.GLYPHS[finding.verdict]} {text.one_line(finding.check)}: {summary}")
        for example in finding.examples[:_MOST_EXAMPLES]:
            shown = text.one_line(words.example_shown(run, example))
            lines.append(f"    {shown}")
    if cell.expected:
        lines.append(f"expected: {text.one_line(cell.expected)}")
    if reproduce := beside.reproduce.get(cell.name):
        lines.append(f"reproduce: {text.one_line(reproduce)}")
    return lines


def output(cell: Cell, beside: Beside) -> list[str]:
    """Return what a CI system shows as the cell's output: its run, its news and its fates."""
    run = beside.run(cell)
    lines = [f"run: {run}" if run else "no run"]
    lines += [f"news: {cell.news}"] if cell.news else []
    lines += [f"{fate}: {n}" for fate, n, _ in words.fate_rows(cell.fates)]
    return [text.one_line(line) for line in lines]


def properties(cell: Cell, beside: Beside) -> dict[str, str]:
    """Return at most eight facts about a cell, as text; those that do not apply left out."""
    checks = dict.fromkeys(finding.check for finding in _bad(cell))
    found = {
        "verdict": words.standing(cell),
        "seed": str(cell.seed),
        "matrix": cell.matrix,
        "browser": cell.browser.title if cell.browser else "",
        "checks": ", ".join(checks),
        "run": beside.run(cell),
        "reproduce": beside.reproduce.get(cell.name, ""),
    }
    return {name: text.one_line(value) for name, value in found.items() if value}


def attachments(cell: Cell, beside: Beside) -> list[Exhibit]:
    """Return up to five files of evidence, pictures first: some readers show only the first."""
    files = [
        exhibit
        for exhibit in beside.exhibits.get(cell.name, ())
        if exhibit.size and not _UNSAFE & set(exhibit.name)
    ]
    return sorted(files, key=lambda one: (not one.is_picture, not one.command))[:_MOST_FILES]


def attachment_path(cell: Cell, exhibit: Exhibit, beside: Beside) -> str:
    """Return a file of evidence as the reader would type it."""
    return f"{beside.run(cell)}/{EVIDENCE_DIR}/{exhibit.name}"


def is_red(suite: SuiteVerdict) -> bool:
    """Return whether one of the suite's cells reads as red: a failure that gates, or undecided."""
    return any(
        (cell.verdict is Verdict.FAIL and cell.gates)
        or cell.verdict is Verdict.UNKNOWN
        or (cell.verdict is Verdict.NOT_RUN and cell.not_run is None)
        for cell in suite.cells
    )


def needs_own_case(suite: SuiteVerdict) -> bool:
    """Return whether the suite is not green although no cell is red: it then has a case itself."""
    return (suite.verdict is not Verdict.PASS or suite.interrupted) and not is_red(suite)


def _bad(cell: Cell) -> list[Finding]:
    """Return the findings that failed or are undecided, failures first."""
    return [f for f in _open(cell) if f.verdict in (Verdict.FAIL, Verdict.UNKNOWN)]


def _open(cell: Cell) -> list[Finding]:
    """Return the findings that did not pass, failures first, unsupported checks among them."""
    found = [f for f in cell.findings if f.verdict is not Verdict.PASS]
    return sorted(found, key=lambda f: f.verdict is not Verdict.FAIL)
