"""What a trend says, in sentences and rows; terminal, page and Markdown take both from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.core import text
from reports.history.record import (
    CellTrend,
    ChangeRecord,
    FateTrend,
    SeriesTrend,
    Since,
    TrendRecord,
)

FATE_WORDS = {
    "broken": ("✗", "broken"),
    "again": ("✗", "again"),
    "known": ("✗", "in every night"),
    "fixed": ("✓", "fixed"),
}
CELL_WORDS = {
    "new": ("✗", "fails, new"),
    "known": ("✗", "fails, known"),
    "flaky": ("±", "fails now and then"),
    "fixed": ("✓", "fixed"),
    "passing": ("✓", "passes"),
    "expected": ("✗", "fails as expected"),
    "undecided": ("?", "undecided"),
    "absent": ("·", "not run last night"),
}
SERIES_WORDS = {
    "changed": ("✗", "changed"),
    "suspect": ("?", "suspect"),
    "withdrawn": ("±", "withdrawn"),
    "machine": ("±", "the machine?"),
    "steady": ("=", "steady"),
    "short": ("·", "too few nights"),
    "no figure": ("·", "no figure"),
}
_WAY_GLYPHS = {"worse": "✗", "better": "✓", "changed": "±"}
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """A confirmed change of one series."""

    series: SeriesTrend
    change: ChangeRecord

    @property
    def glyph(self) -> str:
        """Return the glyph of its way, ``±`` where the machine may be the cause."""
        return "±" if self.change.machine else _WAY_GLYPHS[self.change.way]

    @property
    def word(self) -> str:
        """Return what it is in a word."""
        return "the machine?" if self.change.machine else self.change.way


def change_lines(found: TrendRecord) -> list[ChangeLine]:
    """Return every confirmed change: worse ones first, then the newest."""
    lines = [ChangeLine(series=s, change=c) for s in found.series for c in s.changes]
    order = {"worse": 0, "changed": 1, "better": 2}
    return sorted(
        lines,
        key=lambda one: (
            one.change.machine,
            order[one.change.way],
            -one.change.since.after,
            -abs(one.change.percent),
        ),
    )


def suspects(found: TrendRecord) -> list[SeriesTrend]:
    """Return the series with a suspicion, the largest first."""
    own = [one for one in found.series if one.state == "suspect" and one.suspicion]
    return sorted(own, key=lambda s: -abs(s.suspicion.percent if s.suspicion else 0.0))


def broken_fates(found: TrendRecord) -> list[FateTrend]:
    """Return the fates that impressions of the last nights had and no expectation excuses."""
    return [one for one in found.fates if one.state != "fixed" and not one.expected]


def failing_cells(found: TrendRecord) -> list[CellTrend]:
    """Return the cells that fail, or do so now and then, new ones first."""
    order = ("new", "known", "flaky")
    own = [one for one in found.cells if one.state in order]
    return sorted(own, key=lambda one: (order.index(one.state), -one.failed / max(one.n, 1)))


def trend_sentence(found: TrendRecord) -> str:
    """Return what a reader must know first: what broke, what fails, what got slower, since when."""
    if not found.nights:
        return "The history has no such suite"
    clauses = []
    if fates := [one for one in broken_fates(found) if one.state in ("broken", "again")]:
        first = max(fates, key=lambda one: one.since.after)
        clauses.append(f"{first.fate} in {_of(first)} {since_words(first.since, found)}")
        clauses[-1] += _more(len(fates) - 1)
    new = [one for one in found.cells if one.state == "new"]
    if new and not fates:
        since = new[0].since
        when = f" {since_words(since, found)}" if since else ""
        clauses.append(f"{_of(new[0])} fails{when}" + _more(len(new) - 1))
    worse = [o for o in change_lines(found) if o.change.way == "worse" and not o.change.machine]
    if worse:
        one = worse[0]
        clauses.append(
            f"{figure_name(one.series)} of {_of(one.series)} {percent(one.change.percent)} "
            f"{since_words(one.change.since, found)}" + _more(len(worse) - 1)
        )
    late = [o for o in suspects(found) if o.suspicion and o.suspicion.way == "worse"]
    if late:
        names = ", ".join(f"{figure_name(o)} of {_of(o)}" for o in late[:_NAMED])
        clauses.append(f"suspect: {names}" + _more(len(late) - _NAMED))
    if not clauses:
        known = sum(one.state == "known" for one in found.cells)
        steady = "nothing new broke and no figure got worse"
        fail = "fails" if known == 1 else "fail"
        clauses.append(steady + (f"; {text.count(known, 'cell')} still {fail}" if known else ""))
    nights = text.count(len(found.nights), "night")
    return f"{nights} of {text.one_line(found.suite)}: {'; '.join(clauses)}"


def since_words(since: Since, found: TrendRecord) -> str:
    """Return when something began, with the revisions on both sides."""
    after = found.nights[since.after]
    tried = text.one_line(after.revision)
    if since.before is None:
        return f"since the first night of this history ({tried})"
    before = text.one_line(found.nights[since.before].revision)
    change = f"{tried} both" if before == tried else f"{before} → {tried}"
    return f"since {day(after.started)} ({change})"


def day(stamp: str) -> str:
    """Return the day and hour of a start, as a reader writes them: ``2026-11-20 02:00``."""
    if len(stamp) >= 13 and stamp[:8].isdecimal():
        return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]} {stamp[9:11]}:{stamp[11:13]}"
    return text.one_line(stamp)


def percent(value: float | None) -> str:
    """Return a signed percentage."""
    if value is None:
        return "any"
    shown = text.figure(round(abs(value), 1 if abs(value) < 100 else 0))
    return f"{'' if shown == '0' else '−' if value < 0 else '+'}{shown} %"


def change_words(one: ChangeRecord) -> str:
    """Return by how much a level changed, with its interval."""
    low, high = one.interval
    return f"{percent(one.percent)} ({percent(low)} to {percent(high)})"


def rate_words(one: CellTrend) -> str:
    """Return a failure rate: ``3 of 20 nights (3.2 % to 38 %)``; the rule of three for none."""
    low, high = (100 * (bound or 0.0) for bound in one.interval)
    bounds = f"{text.figure(round(low, 1))} % to {text.figure(round(high, 1))} %"
    return f"{one.failed} of {text.count(one.n, 'night')} ({bounds})" if one.n else "none decided"


def figure_name(one: SeriesTrend) -> str:
    """Return a figure's name for a reader."""
    return text.measure(one.figure, 0.0)[0]


def figure_value(one: SeriesTrend, value: float) -> str:
    """Return a figure's value with its unit."""
    return text.measure(one.figure, value)[1]


def boundary_lines(found: TrendRecord) -> list[tuple[str, str]]:
    """Return (when, what) of every change of the environment, newest first."""
    return [
        (day(night.started), "; ".join(text.one_line(one) for one in night.boundary))
        for night in reversed(found.nights)
        if night.boundary
    ]


def _of(one: FateTrend | CellTrend | SeriesTrend) -> str:
    return text.one_line(f"{one.scenario} [{one.arm}]")


def _more(number: int) -> str:
    return f" and {number} more" if number > 0 else ""


def cell_name(one: FateTrend | CellTrend | SeriesTrend) -> str:
    """Return a cell's name in one line, with a blank after each comma so that it folds."""
    return text.one_line(f"{one.scenario} ({one.arm.replace(',', ', ')})")


def last_value(one: SeriesTrend) -> str:
    """Return the last value that is known with its unit, empty where there is none."""
    value = next((value for value in reversed(one.values) if value is not None), None)
    return figure_value(one, value) if value is not None else ""


def figure_unit(one: SeriesTrend) -> str:
    """Return a figure's unit, empty where it has none."""
    return figure_value(one, 0.0).partition(" ")[2]


def median(values: Sequence[float]) -> float:
    """Return the median of at least one value."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
