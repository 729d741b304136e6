"""A trend in a terminal: what broke, what fails, what changed since when; glyph and word first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from reports.core import text
from reports.history import words
from reports.history.record import TrendRecord

_BAD, _OPEN = "bold #d55e00", "bold #e69f00"
_STEADY = ("steady", "short", "no figure")
_Row = tuple[str, ...]


def trend_lines(found: TrendRecord, *, every: bool = False) -> Iterator[Text | Table]:
    """Yield what a terminal shows of the trend, its sentence last; ``every``: also the series that
    are steady. Every text is cleaned."""
    for title, columns, rows in _tables(found, every=every):
        if rows:
            yield Text(f"\n{title}", "bold")
            yield _table(columns, rows)
    for when, what in words.boundary_lines(found):
        yield Text(f"environment since {when}: {what}", "dim")
    for one in found.canary:
        since = words.since_words(one.since, found)
        yield Text(f"the machine: the canary {words.change_words(one)} {since}", "dim")
    if found.series:
        steady = sum(one.state in _STEADY for one in found.series)
        expected = text.figure(round(found.by_chance, 1))
        yield Text(
            f"{len(found.series):,} series looked at, {steady} steady or short; "
            f"{expected} changes are expected by chance",
            "dim",
        )
    yield Text(found.sentence, "bold")


def _tables(found: TrendRecord, *, every: bool) -> list[tuple[str, _Row, list[_Row]]]:
    fates: list[_Row] = [
        (
            " ".join(words.FATE_WORDS[one.state]),
            one.fate,
            words.cell_name(one),
            words.since_words(one.since, found),
            f"{one.impressions:,} of {one.shown:,}",
        )
        for one in words.broken_fates(found)
    ]
    cells: list[_Row] = [
        (
            " ".join(words.CELL_WORDS[one.state]),
            words.cell_name(one),
            words.since_words(one.since, found) if one.since else "",
            words.rate_words(one),
            text.one_line(one.reason),
        )
        for one in words.failing_cells(found)
    ]
    changes: list[_Row] = [
        (
            f"{one.glyph} {one.word}",
            words.figure_name(one.series),
            words.cell_name(one.series),
            words.change_words(one.change),
            words.since_words(one.change.since, found),
        )
        for one in words.change_lines(found)
    ]
    late: list[_Row] = [
        (
            f"? {one.suspicion.way}",
            words.figure_name(one),
            words.cell_name(one),
            words.change_words(one.suspicion),
            words.since_words(one.suspicion.since, found),
        )
        for one in words.suspects(found)
        if one.suspicion
    ]
    steady: list[_Row] = [
        (
            " ".join(words.SERIES_WORDS[one.state]),
            words.figure_name(one),
            words.cell_name(one),
            words.last_value(one),
            text.count(sum(value is not None for value in one.values), "night"),
        )
        for one in found.series
        if every and not one.changes and not one.suspicion
    ]
    return [
        ("Impressions lost or altered", ("it is", "fate", "cell", "since", "impressions"), fates),
        ("Cells that fail", ("it", "cell", "since", "failed", "why"), cells),
        ("Figures that changed", ("it is", "figure", "cell", "change", "since"), changes),
        ("Suspect: the last nights", ("it is", "figure", "cell", "difference", "since"), late),
        ("Other figures", ("it is", "figure", "cell", "last", "nights"), steady),
    ]


def _table(columns: _Row, rows: Sequence[_Row]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for first, *rest in rows:
        style = _BAD if first.startswith("✗") else _OPEN if first.startswith("?") else ""
        table.add_row(Text(first, style), *(Text(text.one_line(one)) for one in rest))
    return table
