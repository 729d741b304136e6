"""An experiment on users in a terminal: the decision, the ratio, every comparison."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.core import text
from reports.experiments import words as glyphs
from reports.experiments.exposed import words
from reports.experiments.exposed.analysis import ExposedResult
from reports.experiments.table import Show, plain_table, print_all, shown_on

_GLYPHS = {**glyphs.VERDICT_GLYPHS, "unknown": "?"}
_STYLES = {"better": "bold", "worse": "bold #d55e00", "unknown": "#e69f00", "undecided": "#e69f00"}


def print_exposed(result: ExposedResult, console: Console) -> None:
    """Print the decision, how the exposed users fit their shares, and all metrics."""
    print_all(_shown(result, shown_on(console)), console)


def _shown(result: ExposedResult, show: Show) -> Iterator[Text | Table]:
    yield show(words.exposed_sentence(result), "bold")
    if not result.ratio.mismatch:
        yield show(words.ratio_sentence(result), "dim")
    if result.in_several:
        yield show(words.several_sentence(result), "dim")
    if result.comparisons:
        yield from (Text(), _comparisons(result, show))


def _comparisons(result: ExposedResult, show: Show) -> Table:
    control = show(result.control).plain  # cleaned: a database holds any text
    table = plain_table(
        ("metric", 4),
        ("variant", 3),
        ("verdict", 3),
        ("mean", 2),
        (control, 2),
        ("difference", 2),
        ("95 % interval", 4),
        ("notes", 5),
        numbers=("mean", control, "difference"),
    )
    for one in result.comparisons:
        found = one.difference
        difference = text.figure(found.estimate) if found else ""
        interval = f"{text.figure(found.low)} to {text.figure(found.high)}" if found else ""
        table.add_row(
            show(one.metric),
            show(one.variant),
            show(f"{_GLYPHS[one.verdict]} {one.verdict}", _STYLES.get(one.verdict, "")),
            show(text.figure(one.mean)),
            show(text.figure(one.control_mean)),
            show(difference),
            show(interval),
            show(one.note),
        )
    return table
