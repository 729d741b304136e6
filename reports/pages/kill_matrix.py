"""The kill matrix for readers: a page, a Markdown document, and a table in a terminal."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.core import text
from reports.judging.kill_matrix import (
    Kill,
    KillMatrix,
    Power,
    SeededDefect,
    Tried,
    kill_of,
    twin_of,
)
from reports.pages.html import environment
from reports.pages.markdown import escape
from reports.pages.words import GLYPHS

PAGE_FILE = "kill-matrix.html"
JSON_FILE = "kill-matrix.json"

KILL_GLYPHS = {
    Kill.CAUGHT: "✓",
    Kill.GREEN: "✓",
    Kill.MISNAMED: "≠",
    Kill.MISSED: "✗",
    Kill.ACCUSED: "✗",
    Kill.UNDECIDED: "?",
    Kill.UNREACHED: "·",
    Kill.NOT_RUN: "·",
}
_STYLES = {
    Kill.MISSED: "bold #d55e00",
    Kill.ACCUSED: "bold #d55e00",
    Kill.MISNAMED: "bold #e69f00",
    Kill.UNREACHED: "#e69f00",
    Kill.UNDECIDED: "#e69f00",
    Kill.NOT_RUN: "dim",
}


def scenarios_of(matrix: KillMatrix) -> list[str]:
    """Return the scenarios in which something was tried, sorted."""
    return sorted({one.scenario for one in matrix.cells})


def caught_by(cells: Sequence[Tried]) -> tuple[str, ...]:
    """Return the names under which a defect was found in its cells, the right ones first."""
    return tuple(dict.fromkeys(name for one in cells for name in one.found))


def command_of(defect: SeededDefect) -> str:
    """Return the command that tries a defect, and its twin, again."""
    return shlex.join(["harness", "selftest", "--defect", defect.id])


def bound_sentence(clean: int, alarms: int, high: float) -> str:
    """Return what the clean cells say of false alarms, in a sentence."""
    if clean + alarms == 0:
        return "no clean cell has been recorded for these checks"
    return (
        f"{alarms} of {clean + alarms} clean cells raised an alarm: "
        f"fewer than {100 * high:.2g} % do, at 95 %"
    )


def print_kills(
    matrix: KillMatrix,
    console: Console,
    *,
    alarms: str = "",
    rates: Sequence[Power] | None = None,
) -> None:
    """Print a row for every defect, the verdict, and what is known of false alarms and, by
    ``rates`` in place of the matrix's own, of defects that chance decides."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    for name, ratio in (("defect", 3), ("outcome", 2), ("found", 4), ("scenario", 2)):
        table.add_column(name, overflow="fold", ratio=ratio)
    table.add_column("hits", justify="right", no_wrap=True)
    table.add_column("twin", overflow="fold", ratio=2)
    for defect in matrix.defects:
        cells = matrix.of(defect.id, twin=False)
        kill, twin = kill_of(defect, matrix.cells), twin_of(defect, matrix.cells)
        table.add_row(
            Text(text.clean(defect.id), style="bold").append(
                f"\n{text.clean(defect.layer)}", style="not bold dim"
            ),
            Text(f"{KILL_GLYPHS[kill]} {kill.value}", style=_STYLES.get(kill, "")),
            Text(text.one_line(", ".join(caught_by(cells))) or "nothing"),
            Text(text.one_line(", ".join(dict.fromkeys(one.scenario for one in cells)))),
            Text(f"{sum(one.hits for one in cells):,}"),
            Text(twin.value if twin else "–", style=_STYLES.get(twin, "") if twin else "dim"),
        )
    console.print(table)
    for line in _lines(matrix, alarms, rates):
        console.print(Text(text.one_line(line)), markup=False, soft_wrap=True)


def _lines(matrix: KillMatrix, alarms: str, rates: Sequence[Power] | None) -> Iterator[str]:
    for one in matrix.power if rates is None else rates:
        shown = ", at least 95 % of them" if one.is_high else ""
        yield (
            f"{one.defect} in {one.scenario}: caught in {one.caught} of {one.n} seeds that "
            f"reached it (95 %: {_interval(one)}){shown}"
        )
    if alarms:
        yield f"false alarms: {alarms}"
    yield f"{GLYPHS[matrix.verdict]} {matrix.verdict.value}: {matrix.reason}"


def _interval(power: Power) -> str:
    low, high = power.interval
    return f"{100 * low:.1f} to {100 * high:.1f} %"


def render_document(
    matrix: KillMatrix, *, alarms: str = "", rates: Sequence[Power] | None = None
) -> str:
    """Return the matrix as a Markdown document, for the documentation of the project."""
    lines = [
        "# The kill matrix",
        "",
        "Written by `harness selftest --document`. A defect is put into a system, or into the "
        "harness itself; a scenario is run and judged as ever. *Expected* are the names (fates and "
        "checks) of which any one is right; *hits* says how often its switch was reached. Each has "
        "a healthy twin: the same switch, with sound behaviour; it must be green.",
        "",
        f"{matrix.verdict.value}: {escape(matrix.reason)}. Revision {escape(matrix.revision)}, "
        f"{escape(matrix.started)}.",
        "",
        *([f"False alarms: {escape(alarms)}.", ""] if alarms else []),
        "| defect | layer | what is wrong | expected | outcome | caught by | scenario | hits "
        "| twin |",
        "|:--|:--|:--|:--|:--|:--|:--|--:|:--|",
    ]
    for defect in matrix.defects:
        cells = matrix.of(defect.id, twin=False)
        twin = twin_of(defect, matrix.cells)
        right = [name for name in caught_by(cells) if name in defect.expected]
        columns = [
            f"`{defect.id}`",
            defect.layer,
            escape(defect.about),
            escape(", ".join(defect.expected))
            + (" (unknown)" if defect.verdict == "unknown" else ""),
            kill_of(defect, matrix.cells).value,
            escape(", ".join(right or caught_by(cells)[:3]) or "nothing"),
            escape(", ".join(dict.fromkeys(one.scenario for one in cells))),
            f"{sum(one.hits for one in cells):,}",
            twin.value if twin else "–",
        ]
        lines.append(f"| {' | '.join(columns)} |")
    lines += ["", "Try one again: `harness selftest --defect ID`; explore it by hand: "]
    lines[-1] += "`harness up --defect ID`."
    lines += _walked(matrix) + _where_chance_decides(matrix.power if rates is None else rates)
    return "\n".join(lines) + "\n"


def _walked(matrix: KillMatrix) -> list[str]:
    """Return the section on simulated defects, the one that took most walks first."""
    walked: dict[str, list[Tried]] = {}
    for one in matrix.cells:
        if one.walks is not None and not one.twin:
            walked.setdefault(one.defect, []).append(one)
    if not walked:
        return []
    rows = [(name, max(one.walks or 0 for one in cells), cells) for name, cells in walked.items()]
    return [
        "",
        "## Under simulation",
        "",
        "How many simulated walks it took until a check failed, at most over the seeds that were "
        "tried.",
        "",
        "| defect | walks | seeds | found by |",
        "|:--|--:|--:|:--|",
        *(
            f"| `{name}` | {walks:,} | {len(cells)} "
            f"| {escape(', '.join(caught_by(cells)) or 'nothing')} |"
            for name, walks, cells in sorted(rows, key=lambda row: -row[1])
        ),
    ]


def _where_chance_decides(rates: Sequence[Power]) -> list[str]:
    if not rates:
        return []
    return [
        "",
        "## Where chance decides",
        "",
        "Of the seeds that reached the defect, how many caught it by its right name; the interval "
        "is Clopper and Pearson's. *High* is where at least 95 % of seeds catch it, at 95 %: 59 of "
        "59 show that. Under simulation a seed draws as many walks as the defect's module says.",
        "",
        "| defect | scenario | caught | of seeds | 95 % interval | high |",
        "|:--|:--|--:|--:|:--|:--|",
        *(
            f"| `{one.defect}` | {escape(one.scenario)} | {one.caught} | {one.n} "
            f"| {_interval(one)} | {'yes' if one.is_high else 'not shown'} |"
            for one in rates
        ),
    ]


def render_page(
    matrix: KillMatrix, *, alarms: str = "", rates: Sequence[Power] | None = None
) -> str:
    """Return the self-contained page: a row for each defect, a square for each scenario."""
    return (
        environment()
        .get_template("kill_matrix.html.j2")
        .render(
            matrix=matrix,
            scenarios=scenarios_of(matrix),
            rows=[_row(matrix, one) for one in matrix.defects],
            power=list(_lines(matrix, alarms, rates))[:-1],
            glyphs=KILL_GLYPHS,
            verdict_glyph=GLYPHS[matrix.verdict],
            text=text,
        )
    )


def _worst_last(defect: SeededDefect, cells: Sequence[Tried]) -> list[Tried]:
    """Return the cells so that the last of a scenario is the one that stands for it."""
    stands_for = {
        name: kill_of(defect, [one for one in cells if one.scenario == name])
        for name in {one.scenario for one in cells}
    }
    return sorted(cells, key=lambda one: (one.kill is stands_for[one.scenario], one.walks or 0))


def _row(matrix: KillMatrix, defect: SeededDefect) -> dict[str, object]:
    cells = matrix.of(defect.id, twin=False)
    return {
        "defect": defect,
        "kill": kill_of(defect, matrix.cells),
        "twin": twin_of(defect, matrix.cells),
        "found": caught_by(cells),
        "hits": sum(one.hits for one in cells),
        "by_scenario": {one.scenario: one for one in _worst_last(defect, cells)},
        "seeds": Counter(one.scenario for one in cells),
        "caught": Counter(one.scenario for one in cells if one.kill is Kill.CAUGHT),
        "reasons": [one.reason for one in cells if one.kill is not Kill.CAUGHT and one.reason],
        "accusations": [
            one.reason for one in matrix.of(defect.id, twin=True) if one.kill is Kill.ACCUSED
        ],
        "command": command_of(defect),
    }
