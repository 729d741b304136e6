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
    series = sorted(found.series, key=lambda one: _ORDER.index(one.state))
    shown = series[:SPARKLINES_MOST]
    failing = words.failing_cells(found)
    broken = words.broken_fates(found)
    worse = [o for o in words.change_lines(found) if o.change.way == "worse"]
    is_bad = bool([one for one in broken if one.state != "known"]) or any(
        one.state == "new" for one in found.cells
    )
    standing = ("fail", "✗", "broken") if is_bad else ("pass", "✓", "nothing new")
    if not is_bad and (worse or words.suspects(found)):
        standing = ("unknown", "±", "slower")
    return (
        environment()
        .get_template("trend.html.j2")
        .render(
            found=found,
            standing=standing if found.nights else ("not-run", "·", "no nights"),
            broken=broken,
            fixed=[one for one in found.fates if one.state == "fixed"],
            expected=[one for one in found.fates if one.expected and one.state != "fixed"],
            failing=failing,
            others=[one for one in found.cells if one not in failing],
            changes=words.change_lines(found),
            suspects=words.suspects(found),
            pictures=_pictures(found),
            sparklines=[(one, _sparkline(one)) for one in shown],
            left_out=len(series) - len(shown),
            boundaries=words.boundary_lines(found),
            strip=_strip,
            words=words,
            text=text,
        )
    )


def _sparkline(one: SeriesTrend) -> Markup:
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
