"""A trend as one self-contained page: what broke since when first, then every series."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from reports.core import text
from reports.history import words
from reports.history.record import SeriesTrend, TrendRecord
from reports.pages.html import environment
from reports.plots.drawing.picture import Picture
from reports.plots.history.nightly import NightlyLevel, NightlyMark, nightly
from reports.plots.history.sparkline import sparkline

PICTURES_MOST = 12
SPARKLINES_MOST = 300
"""A page of a nightly stays below 3 MB; --json has every series."""
_NIGHTS_SHOWN = 40
_ORDER = ("changed", "suspect", "machine", "withdrawn", "steady", "short", "no figure")


def render_trend(found: TrendRecord) -> str:
    """Return the whole page; every text of the history is escaped."""
    series = by_interest(found)
    shown = series[:SPARKLINES_MOST]
    failing = words.failing_cells(found)
    return (
        environment()
        .get_template("trend.html.j2")
        .render(
            found=found,
            standing=standing_of(found),
            broken=words.broken_fates(found),
            fixed=[one for one in found.fates if one.state == "fixed"],
            expected=[one for one in found.fates if one.expected and one.state != "fixed"],
            failing=failing,
            others=[one for one in found.cells if one not in failing],
            changes=words.change_lines(found),
            suspects=words.suspects(found),
            pictures=_pictures(found),
            sparklines=[(one, sparkline_of(one)) for one in shown],
            left_out=len(series) - len(shown),
            boundaries=words.boundary_lines(found),
            strip=_strip,
            words=words,
            text=text,
        )
    )


def standing_of(found: TrendRecord) -> tuple[str, str, str]:
    """Return (class, glyph, word) of what a trend comes to."""
    if not found.nights:
        return ("not-run", "·", "no nights")
    broken = [one for one in words.broken_fates(found) if one.state != "known"]
    if broken or any(one.state == "new" for one in found.cells):
        return ("fail", "✗", "broken")
    worse = [one for one in words.change_lines(found) if one.change.way == "worse"]
    if worse:
        return ("unknown", "±", "worse")
    if words.suspects(found):  # one night confirms nothing
        return ("unknown", "?", "suspect")
    return ("pass", "✓", "nothing new")


def by_interest(found: TrendRecord) -> list[SeriesTrend]:
    """Return the series of a trend, those that changed or may have first."""
    return sorted(found.series, key=lambda one: _ORDER.index(one.state))


def sparkline_of(one: SeriesTrend) -> Markup:
    """Return the sparkline of a series, with what it shows in words."""
    name = f"{words.figure_name(one)} of {words.cell_name(one)}"
    known = sum(value is not None for value in one.values)
    return sparkline(
        one.values,
        f"{name}, {text.count(known, 'night')}: {words.SERIES_WORDS[one.state][1]}",
        changes=[change.since.after for change in one.changes],
        boundaries=one.boundaries,
        newest_css="spark-suspect" if one.state == "suspect" else "spark-last",
    )


def _pictures(found: TrendRecord) -> list[Picture]:
    """Return the pictures of the series that changed most recently, or may have."""
    wanted = [one.series for one in words.change_lines(found)] + words.suspects(found)
    unique = list({(one.scenario, one.arm, one.figure): one for one in wanted}.values())
    return [_picture(one, found) for one in unique[:PICTURES_MOST]]


def _picture(one: SeriesTrend, found: TrendRecord) -> Picture:
    marks = [
        NightlyMark(night=change.since.after, words=words.percent(change.percent))
        for change in (*one.changes, *([one.suspicion] if one.suspicion else []))
    ]
    marks += [NightlyMark(night=n, words="environment", is_boundary=True) for n in one.boundaries]
    return nightly(
        f"{words.figure_name(one)} of {words.cell_name(one)}, {words.figure_unit(one)}",
        one.values,
        [words.day(night.started)[5:10] for night in found.nights],
        [night.revision for night in found.nights],
        levels=_levels(one),
        marks=marks,
        canary_ms=[night.canary_ms for night in found.nights],
    )


def _levels(one: SeriesTrend) -> list[NightlyLevel]:
    begins = sorted({0, *one.boundaries, *(change.since.after for change in one.changes)})
    found = []
    for first, end in zip(begins, [*begins[1:], len(one.values)], strict=True):
        own = [value for value in one.values[first:end] if value is not None]
        if own:
            found.append(NightlyLevel(first=first, end=end, value=words.median(own)))
    return found


def _strip(nights: str) -> Sequence[tuple[str, str]]:
    """Return (class, glyph) of the last nights of a cell."""
    glyphs = {
        "p": ("pass", "✓"),
        "f": ("fail", "✗"),
        "e": ("known", "✗"),
        "u": ("unknown", "?"),
        "-": ("idle", "·"),
        " ": ("idle", "\u00a0"),
    }
    return [glyphs[letter] for letter in nights[-_NIGHTS_SHOWN:]]
