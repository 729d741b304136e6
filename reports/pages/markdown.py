"""The suite as Markdown, for the summary that a CI system shows beside the job."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reports.core import text
from reports.pages import words
from reports.pages.matrix import Matrix, matrices_of
from reports.verdict.verdict import Cell, Finding, SuiteVerdict, Verdict

# GitHub refuses a step's summary of more than a mebibyte as a whole; stay well below.
LIMIT_BYTES = 1_000_000
_MOST_EXAMPLES = 8
_MOST_MATRIX_ROWS = 60
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "#": "&#35;"})
_SPECIAL = re.compile(r"([\\`*\[\]|~!$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")


def render_markdown(
    suite: SuiteVerdict,
    *,
    reproduce: Mapping[str, str] | None = None,
    runs_at: str = "",
    limit_bytes: int = LIMIT_BYTES,
) -> str:
    """Return the verdict in a sentence, the table of cells, and what failed or stayed undecided.

    Longer than ``limit_bytes``, it leaves out first the cells that passed or could not run, then
    whole lines from the end; a note says so each time. ``reproduce`` holds commands by
    ``Cell.name``; ``runs_at`` is the suite's directory as the reader would type it.
    """
    cells = words.worst_first(suite.cells)
    details = {c.name: _findings(c, (reproduce or {}).get(c.name, ""), runs_at) for c in cells}
    everything = _write(suite, cells, details, "")
    if _size(everything) <= limit_bytes:
        return everything
    bad = [c for c in cells if c.verdict in (Verdict.FAIL, Verdict.UNKNOWN)]
    left_out = text.count(len(cells) - len(bad), "cell")
    note = f"**Shortened:** {left_out} that passed or did not run left out; all are in the page."
    only_bad = _write(suite, bad, details, note)
    return only_bad if _size(only_bad) <= limit_bytes else _trim(only_bad, limit_bytes)


def _size(text: str) -> int:
    return len(text.encode())


def _trim(text: str, limit_bytes: int) -> str:
    end = "\n\n**Trimmed:** the summary was too long; the page and verdict.json have the rest.\n"
    room = limit_bytes - _size(end)
    kept: list[str] = []
    for line in text.splitlines():
        room -= _size(line) + 1
        if room < 0:
            break
        kept.append(line)
    # Every line closes what it opens, so cutting between lines leaves no open fence or code span.
    return "\n".join(kept) + end


def _write(
    suite: SuiteVerdict, cells: Sequence[Cell], details: Mapping[str, list[str]], note: str
) -> str:
    glyph = words.GLYPHS[suite.verdict]
    lines = [f"## {glyph} {words.verdict_word(suite)}: {escape(suite.reason)}", ""]
    if warning := words.defect_warning(suite):
        lines += [f"**Self-test:** {escape(warning)}.", ""]
    if suite.interrupted:
        lines += ["**Interrupted:** not every planned cell had its turn.", ""]
    facts = (escape(suite.suite), escape(suite.started), text.duration(suite.duration_s))
    lines += [
        f"Suite {', '.join(fact for fact in facts if fact)}: {words.progress_counts(suite)}.",
        "",
    ]
    if note:
        lines += [note, ""]
    for matrix in matrices_of(suite, {}):
        lines += _matrix(matrix)
    if cells:
        lines += ["| verdict | scenario | arm | seed | what was found | took |"]
        lines += ["|:--|:--|:--|--:|:--|--:|"]
        lines += [_row(c) for c in cells]
        lines += [""]
    fates = words.fate_rows(words.all_fates(suite.cells))
    if fates:
        counted = ", ".join(f"{code(fate)} {n:,}" for fate, n, _ in fates)
        lines += [f"Impressions by fate, worst first: {counted}.", ""]
    for cell in cells:
        lines += details[cell.name]
    if suite.command:
        lines += [f"Run it again: {code(suite.command)}", ""]
    return "\n".join(lines)


def _matrix(matrix: Matrix) -> list[str]:
    lines = []
    if matrix.asked:
        filled = [f"{a.state.column} ({a.short})" for a in matrix.asked if a.state.filled]
        named = f": {escape(', '.join(filled))}" if filled else ""
        lines += [
            f"{len(filled)} of the roadmap's {len(matrix.asked)} browser columns filled{named}."
        ]
        lines += [""]
    if len(matrix.rows) > _MOST_MATRIX_ROWS:
        return lines
    heads = [f"{g.browser} {preset}".strip() for g in matrix.groups for preset in g.presets]
    lines += [f"| {escape(matrix.name)} | {' | '.join(escape(head) for head in heads)} |"]
    lines += ["|:--|" + ":-:|" * len(heads)]
    for row in matrix.rows:
        squares = [f"{s.glyph} {s.mark}".strip() if s else "" for s in row.squares]
        lines += [f"| {escape(row.label)} | {' | '.join(squares)} |"]
    legend = ", ".join(
        f"{glyph} {word}{f' ({meaning})' if meaning else ''} {n:,}"
        for word, glyph, n, meaning in matrix.totals
    )
    common = f" All: {escape(matrix.common)}." if matrix.common else ""
    return [*lines, "", f"{legend}; a square is the worst of its seeds.{common}", ""]


def _row(cell: Cell) -> str:
    parts = [
        f"{words.glyph(cell)} {words.standing(cell)}",
        escape(cell.scenario),
        escape(cell.arm),
        str(cell.seed),
        escape(words.what_was_found(cell)),
        text.duration(cell.duration_s),
    ]
    return f"| {' | '.join(parts)} |"


def _findings(cell: Cell, reproduce: str, runs_at: str) -> list[str]:
    bad = [f for f in cell.findings if f.verdict in (Verdict.FAIL, Verdict.UNKNOWN)]
    if not bad:
        return []
    lines = [f"### {words.glyph(cell)} {escape(cell.name)}", ""]
    if cell.expected:
        word = "As expected" if cell.failed_as_expected else "Expected"
        lines += [f"{word}: {escape(cell.expected)}.", ""]
    run = words.join_path(runs_at, cell.run) if cell.run else ""
    for finding in bad:
        lines += _finding(finding, run)
    if reproduce:
        lines += [f"- run just this cell: {code(reproduce)}"]
    return [*lines, ""]


def _finding(finding: Finding, run: str) -> list[str]:
    figures = []
    if finding.measured is not None:
        figures.append(f"measured {text.quantity(finding.measured, finding.unit)}")
    if finding.target is not None:
        figures.append(f"target {text.quantity(finding.target, finding.unit)}")
    if finding.n is not None:
        figures.append(f"n = {finding.n:,}")
    aside = f" ({escape(', '.join(figures))})" if figures else ""
    glyph = words.GLYPHS[finding.verdict]
    lines = [f"- {glyph} {code(finding.check)}: {escape(finding.summary)}{aside}"]
    for example in finding.examples[:_MOST_EXAMPLES]:
        lines.append(f"  - {code(words.explain_command(run, example) if run else example)}")
    return lines


def escape(value: str) -> str:
    """Return the text on one line so that Markdown, HTML and mentions in it stay text."""
    return _SPECIAL.sub(r"\\\1", text.one_line(value).translate(_ENTITIES))


def code(value: str) -> str:
    """Return the text as a code span, whatever back-ticks and bars it holds."""
    shown = text.clean(value).replace("\n", "�").replace("\t", "�")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    # A blank keeps a back-tick at the edge away from the fence; Markdown takes it off again.
    pad = " " if not shown or "`" in shown[:1] + shown[-1:] else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
