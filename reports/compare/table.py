"""A comparison in a terminal: environment, losses, verdicts, checks, latencies, then the outcome.

Glyph and word carry the meaning, colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.compare.record import ComparedRecord
from reports.compare.words import CompareTable, side_sentence, tables
from reports.core import text

_STYLES = {"bad": "bold #d55e00", "open": "#e69f00", "good": "bold", "": ""}
_OUTCOME_STYLES = {"worse": "bold #d55e00", "undecided": "bold #e69f00"}
_PLAIN = str.maketrans({"✓": "+", "✗": "x", "·": "*", "−": "-", "–": "-", "…": "~", "’": "'"})

_Show = Callable[..., Text]


def print_compared(found: ComparedRecord, console: Console) -> None:
    """Print the comparison, what makes it unsafe first and the outcome last.

    Nothing is cut off: long texts fold. A console that cannot write ✓ or ✗ gets + and x.
    """
    for one in _shown(found, _shown_on(console)):
        # Names and reasons may look like markup or links; they are printed as they are.
        is_line = isinstance(one, Text)
        console.print(one, markup=False, highlight=False, emoji=False, soft_wrap=is_line)


def _shown(found: ComparedRecord, show: _Show) -> Iterator[Text | Table]:
    if found.unsafe:
        yield show(f"! {found.unsafe}", "bold #e69f00")
    yield show(f"A: {side_sentence(found.a)}")
    yield show(f"B: {side_sentence(found.b)}")
    for one in tables(found):
        rows = [row for row in one.rows if row.brief]
        yield Text()
        yield show(one.title, "bold")
        if rows:
            yield _table(one, show)
            if one.hint:
                yield show(one.hint, "dim")
        if left := len(one.rows) - len(rows):
            rows_left = text.count(left, "more row")
            yield show(f"{rows_left} in --json or --page FILE: {one.left_out}", "dim")
    yield Text()
    if found.drift:
        yield show(f"! {found.drift}", "#e69f00")
    yield show(found.sentence, _OUTCOME_STYLES.get(found.outcome, "bold"))


def _table(one: CompareTable, show: _Show) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    for name, ratio in one.columns:
        table.add_column(name, overflow="fold", ratio=ratio)
    for row in one.rows:
        if row.brief:
            first, *rest = row.cells
            table.add_row(show(first, _STYLES[row.tone]), *map(show, rest))
    return table


def _shown_on(console: Console) -> _Show:
    """Return what makes cells of texts: in one line, in characters that the console can write."""
    encoding = console.encoding
    is_plain = not encoding.lower().startswith("utf")

    def show(content: str, style: str = "") -> Text:
        line = text.one_line(content)
        if is_plain:
            line = line.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
        return Text(line, style=style)

    return show
