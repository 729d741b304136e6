"""The suite as Markdown: the summary that a CI system shows beside the job, or as a comment.

What is too long for a CI system is shortened step by step: what passed goes first, then examples,
then findings; at last failing cells are counted by scenario and check. Each step says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from reports.core import text
from reports.pages import words
from reports.pages.sections.matrix import Matrix, matrices_of
from reports.verdict.verdict import Cell, Finding, SuiteVerdict, Verdict

# GitHub refuses a step's summary of more than a mebibyte, GitLab a comment of more than a million
# characters: each as a whole. Stay well below.
LIMIT_BYTES = 1_000_000
# GitHub refuses a comment of more than 65,536 characters.
COMMENT_LIMIT_BYTES = 65_000
_MOST_EXAMPLES = 8
_MOST_MATRIX_ROWS = 60
_LONGEST_NAME = 120
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

    Longer than ``limit_bytes``, it leaves out first the cells that passed, could not run or failed
    as expected, then what is known of the others beside their rows; then it counts those by
    scenario and check. No failure goes without being counted, and a note says what is left out.
    ``reproduce`` holds commands by ``Cell.name``; ``runs_at`` is the suite's directory as the
    reader would type it.
    """
    steps = _steps(suite, reproduce or {}, runs_at)
    written = next(steps)
    while _size(written) > limit_bytes:
        following = next(steps, None)
        if following is None:
            return _trim(written, limit_bytes)
        written = following
    return written


def _size(text: str) -> int:
    return len(text.encode())


def _steps(suite: SuiteVerdict, reproduce: Mapping[str, str], runs_at: str) -> Iterator[str]:
    """Yield the summary, each time shorter."""
    cells = words.worst_first(suite.cells)
    bad = [c for c in cells if c.verdict in (Verdict.FAIL, Verdict.UNKNOWN)]
    gating = [c for c in bad if not c.failed_as_expected]

    def findings(of: Sequence[Cell], most: int) -> list[str]:
        return [
            line
            for cell in of
            for line in _findings(cell, reproduce.get(cell.name, ""), runs_at, most)
        ]

    yield _write(suite, [*_matrices(suite), *_table(cells)], findings(cells, _MOST_EXAMPLES))
    note = _left_out(len(cells) - len(bad), "that passed or did not run")
    yield _write(suite, [*note(""), *_matrices(suite), *_table(bad)], findings(bad, _MOST_EXAMPLES))
    note = _left_out(len(cells) - len(gating), "that passed, did not run or failed as expected")
    head = note(", and all but one example of each finding")
    yield _write(suite, [*head, *_table(gating)], findings(gating, 1))
    head = note(", and what was found beside the first check")
    yield _write(suite, [*head, *_table(gating)])
    head = note("; the others are counted by scenario and check")
    yield _write(suite, [*head, *_groups(gating)])


def _left_out(number: int, which: str) -> Callable[[str], list[str]]:
    """Return a function that writes the note of what is left out, with what more is."""
    cells = text.count(number, "cell")
    return lambda more: [
        f"**Shortened:** {cells} {which} left out{more}; all are in the page and verdict.json.",
        "",
    ]


def _trim(written: str, limit_bytes: int) -> str:
    lines = written.splitlines()
    end = "\n\n**Trimmed:** {} more lines of the table; the page and verdict.json have them.\n"
    room = limit_bytes - _size(end) - len(str(len(lines)))
    kept: list[str] = []
    for line in lines:
        room -= _size(line) + 1
        if room < 0:
            break
        kept.append(line)
    # Every line closes what it opens, so cutting between lines leaves no open fence or code span.
    return "\n".join(kept) + end.format(f"{len(lines) - len(kept):,}")


def _write(suite: SuiteVerdict, tables: Sequence[str], findings: Sequence[str] = ()) -> str:
    glyph = words.GLYPHS[suite.verdict]
    lines = [f"## {glyph} {words.verdict_word(suite)}: {escape(suite.reason)}", ""]
    if warning := words.defect_warning(suite):
        lines += [f"**Self-test:** {escape(warning)}.", ""]
    if suite.interrupted:
        lines += ["**Interrupted:** not every planned cell had its turn.", ""]
    name = suite.target.get("name", words.REFERENCE)
    tried = "" if name == words.REFERENCE else f"target {escape(name)}"
    started = escape(suite.started)
    facts = (escape(suite.suite), tried, started, text.duration(suite.duration_s))
    lines += [
        f"Suite {', '.join(fact for fact in facts if fact)}: {words.progress_counts(suite)}.",
        "",
    ]
    if suite.command:
        lines += [f"Run it again: {code(suite.command)}", ""]
    fates = words.fate_rows(words.all_fates(suite.cells))
    if fates:
        counted = ", ".join(f"{code(fate)} {n:,}" for fate, n, _ in fates)
        lines += [f"Impressions by fate, worst first: {counted}.", ""]
    return "\n".join([*lines, *tables, *findings])


def _table(cells: Sequence[Cell]) -> list[str]:
    if not cells:
        return []
    head = ["| verdict | scenario | arm | seed | what was found | took |"]
    return [*head, "|:--|:--|:--|--:|:--|--:|", *[_row(c) for c in cells], ""]


def _groups(cells: Sequence[Cell]) -> list[str]:
    """Return a table of the cells counted by verdict, scenario and check, each with its first."""
    groups: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in cells:
        check = text.one_line(cell.reason).partition(":")[0]
        groups.setdefault((cell.verdict.value, cell.scenario, check), []).append(cell)
    lines = ["| verdict | cells | scenario | check | the first of them |", "|:--|--:|:--|:--|:--|"]
    for (_, scenario, check), found in groups.items():
        first = f"{text.one_line(found[0].arm)} seed {found[0].seed}"
        shown = (scenario, check, first)
        row = [f"{words.glyph(found[0])} {words.standing(found[0])}", f"{len(found):,}"]
        row += [escape(_short(value)) for value in shown]
        lines += [f"| {' | '.join(row)} |"]
    return [*lines, ""]


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_NAME else f"{value[:_LONGEST_NAME]}…"


def _matrices(suite: SuiteVerdict) -> list[str]:
    return [line for matrix in matrices_of(suite, {}) for line in _matrix(matrix)]


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


def _findings(cell: Cell, reproduce: str, runs_at: str, most_examples: int) -> list[str]:
    bad = [f for f in cell.findings if f.verdict in (Verdict.FAIL, Verdict.UNKNOWN)]
    if not bad:
        return []
    lines = [f"### {words.glyph(cell)} {escape(cell.name)}", ""]
    if cell.expected:
        word = "As expected" if cell.failed_as_expected else "Expected"
        lines += [f"{word}: {escape(cell.expected)}.", ""]
    run = words.join_path(runs_at, cell.run) if cell.run else ""
    for finding in bad:
        lines += _finding(finding, run, most_examples)
    if reproduce:
        lines += [f"- run just this cell: {code(reproduce)}"]
    return [*lines, ""]


def _finding(finding: Finding, run: str, most_examples: int) -> list[str]:
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
    for example in finding.examples[:most_examples]:
        lines.append(f"  - {code(words.example_shown(run, example))}")
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
