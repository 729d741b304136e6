"""The verdict table in a terminal; glyph and word carry the meaning, colour only repeats it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.core import text
from reports.pages import words
from reports.verdict.verdict import Cell, NotRunKind, SuiteVerdict, Verdict

_STYLES = {
    Verdict.PASS: "",
    Verdict.FAIL: "bold #d55e00",
    Verdict.UNKNOWN: "bold #e69f00",
    Verdict.NOT_RUN: "dim",
}
_EXPECTED_STYLE = "#cc79a7"


def print_table(suite: SuiteVerdict, console: Console) -> None:
    """Print every cell, worst first, then what became of the impressions, then the verdict.

    Nothing is cut off: long texts fold. Cells that were left out for time, are in another shard or
    answered by another cell are counted: the report names each. Without colour (NO_COLOR, a dumb
    terminal, a file) the same words are printed; a console that cannot write ✓ or ✗ gets + and x.
    """
    unicode = console.encoding.lower().startswith("utf")
    glyphs = words.GLYPHS if unicode else words.ASCII_GLYPHS
    shown = [cell for cell in suite.cells if cell.not_run is not NotRunKind.BUDGET]
    if shown:
        console.print(_table(shown, words.glyph if unicode else words.ascii_glyph))
    if left := len(suite.cells) - len(shown):
        _say(
            console, Text(f"left for another time, shard or cell: {left} cells, each in the report")
        )
    fates = words.fate_rows(words.all_fates(suite.cells))
    if fates:
        _say(console, Text("impressions: " + ", ".join(f"{n:,} {fate}" for fate, n, _ in fates)))
    if warning := words.defect_warning(suite):
        _say(console, Text(f"! {warning}", style="bold #d55e00"))
    _say(console, Text(f"cells: {words.progress_counts(suite)}"))
    sentence = f"{glyphs[suite.verdict]} {words.verdict_sentence(suite)}"
    _say(console, Text(sentence, style=_STYLES[suite.verdict] or "bold"))


def _say(console: Console, text: Text) -> None:
    # Ids and reasons may look like markup or links; they are printed as they are.
    console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)


def _table(cells: Sequence[Cell], glyph: Callable[[Cell], str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    table.add_column("verdict", no_wrap=True)
    table.add_column("scenario, arm and seed", overflow="fold", ratio=5)
    table.add_column("what was found", overflow="fold", ratio=6)
    table.add_column("took", justify="right", no_wrap=True)
    for cell in words.worst_first(cells):
        style = _EXPECTED_STYLE if cell.failed_as_expected else _STYLES[cell.verdict]
        table.add_row(
            Text(f"{glyph(cell)} {words.standing(cell)}", style=style),
            _who(cell),
            Text(words.what_was_found(cell)),
            Text(text.duration(cell.duration_s)),
        )
    return table


def _who(cell: Cell) -> Text:
    # A blank after each comma lets a long arm fold between its factors.
    arm = text.one_line(cell.arm).replace(",", ", ")
    name = Text(text.one_line(cell.scenario), style="bold")
    return name.append(f"\n{arm}, seed {cell.seed}", style="not bold dim")
