"""The tabs of a run as lanes: visible or hidden, what they showed and sent, and how they ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reports.core.text import count, one_line
from reports.evidence.faults import FaultSpan
from reports.evidence.tabs import (
    ANSWERED,
    CACHED,
    FAILED,
    HIDDEN,
    KILLED,
    OPEN,
    SENT,
    VISIBLE,
    Adoption,
    Crash,
    Spell,
    TabLife,
)
from reports.plots.drawing.marks import Bars, Mark, Moment, Moments, Points, Strokes, Words
from reports.plots.drawing.panels import Panel, draw, time_scale
from reports.plots.drawing.picture import Picture, no_data
from reports.plots.drawing.svg import Scale
from reports.plots.tabs_table import ENDS, describe, short, table

TITLE = "The tabs, a lane each"
MOST_LANES = 24
"""With more tabs than this, tabs that were not open at the same time share a lane."""

_SHAPE = {"fetch": "circle", "keepalive": "square", "beacon": "triangle", "sync": "diamond"}
_MIXED = "mixed"
_IDLE = 0.15
"""A longer share of the run without any tab is left out of the time axis."""
_THINNEST = 1.6
"""Spells thinner than this, in pixels, are drawn together as what they are: switching."""
_STATES = {
    VISIBLE: (0.38, "visible"),
    _MIXED: (0.24, "switching fast"),
    HIDDEN: (0.115, "hidden"),
    CACHED: (0.045, "left, kept in the cache"),
}
"""How much of a lane's height each state takes, so that they differ without colour too."""
_FILLINGS = {ANSWERED: "answered", SENT: "no answer seen", FAILED: "failed"}
_VIEWS, _BAR, _ATTEMPTS = 0.14, 0.46, 0.84
"""Where in a lane its parts have their middle, from its top."""

_Placed = Sequence[tuple[TabLife, int]]
"""Tabs with the number of their lane; lane 0 lies from 0 to 1 on the panel's axis."""


def tabs_over_time(
    lives: Sequence[TabLife],
    adoptions: Sequence[Adoption],
    crashes: Sequence[Crash],
    faults: Sequence[FaultSpan],
) -> Picture:
    """Draw a lane for each tab, from its first report to its end, in the order of opening."""
    if not lives:
        return no_data(TITLE, "no page reported anything")
    lanes = _lanes(lives)
    pitch = 38.0 if len(lanes) <= 4 else 31.0 if len(lanes) <= 10 else 25.0
    placed = [(life, row) for row, lane in enumerate(lanes) for life in lane]
    time = _time(lives, crashes, faults)
    marks = [
        *_left_behind(adoptions, placed),
        *_states(placed, time),
        *_views(placed, 0.22 * pitch),
        *_attempts(placed, 0.26 * pitch, time),
        *_taken_over(adoptions, placed),
        *_ends(placed, 0.38 * pitch),
        *_crashes(crashes),
        *_labels(lanes, with_users=pitch > 26 and len({life.user for life in lives}) > 1),
    ]
    names = [short(lane[0].tab) if len(lane) == 1 else count(len(lane), "tab") for lane in lanes]
    left_out = len(lives) - len(placed)
    return draw(
        TITLE,
        describe(lives, adoptions, crashes),
        [Panel(lanes=names, height=len(lanes) * pitch + 4, marks=marks)],
        faults,
        rows=table(lives, adoptions),
        key=_key(lives),
        note=f"and {count(left_out, 'more tab')}, in the table below" if left_out else "",
        x=time,
    )


def _lanes(lives: Sequence[TabLife]) -> list[list[TabLife]]:
    """Return the tabs of each lane; some have none where there are too many at the same time."""
    if len(lives) <= MOST_LANES:
        return [[life] for life in lives]
    lanes: list[list[TabLife]] = []
    for life in lives:
        free = next((lane for lane in lanes if lane[-1].end_s < life.start_s), None)
        if free is not None:
            free.append(life)
        elif len(lanes) < MOST_LANES:
            lanes.append([life])
    return lanes


def _time(lives: Sequence[TabLife], crashes: Sequence[Crash], faults: Sequence[FaultSpan]) -> Scale:
    """Return the time axis; where nothing happened for long it begins later than the run."""
    times_s = [life.end_s for life in lives] + [one.at_s for one in crashes]
    whole = time_scale(times_s, faults)
    first = min([life.start_s for life in lives] + [fault.start_s for fault in faults])
    low = first - 0.02 * (whole.high - first)
    return time_scale(times_s, faults, begin_s=low) if low > _IDLE * whole.high else whole


def _states(placed: _Placed, time: Scale) -> list[Mark]:
    spells = [
        (spell, row + _BAR) for life, row in placed for spell in _thickened(life.spells, time)
    ]
    marks: list[Mark] = []
    for state, (share, words) in _STATES.items():
        spans = [
            (spell.start_s, middle - share / 2, spell.end_s, middle + share / 2)
            for spell, middle in spells
            if spell.state == state
        ]
        marks.append(Bars(spans=spans, css=f"tab-{state}", key=words))
    return marks


def _thickened(spells: Sequence[Spell], time: Scale) -> list[Spell]:
    """Return the spells with those that are too thin to be seen put together as switching."""
    found: list[Spell] = []
    for spell in spells:
        thin = time(spell.end_s) - time(spell.start_s) < _THINNEST and len(spells) > 1
        state = _MIXED if thin else spell.state
        if found and found[-1].state == state:
            found[-1] = Spell(found[-1].start_s, spell.end_s, state)
        else:
            found.append(Spell(spell.start_s, spell.end_s, state))
    return found


def _points(places: Iterable[tuple[float, float]], css: str, shape: str, **more: Any) -> Points:
    """Return marks at these places (seconds, place among the lanes)."""
    at_s, values = zip(*found, strict=True) if (found := list(places)) else ((), ())
    return Points("", at_s, values, css=css, shape=shape, **more)


def _views(placed: _Placed, size: float) -> list[Mark]:
    good = ((at_s, row + _VIEWS) for life, row in placed for at_s in life.views)
    lost = ((at_s, row + _VIEWS) for life, row in placed for at_s in life.lost)
    bad = "a view that was lost, or stored wrong"
    return [
        _points(good, "view-tick", "tick", key="a view", size=size, apart=1.5),
        _points(lost, "view-lost", "tick", key=bad, size=size, apart=1.5),
    ]


def _attempts(placed: _Placed, size: float, time: Scale) -> list[Mark]:
    """Return each attempt at its beginning, with a line to its end where that came much later."""
    sent = [(flush, row + _ATTEMPTS) for life, row in placed for flush in life.flushes]
    waits = [
        (flush.start_s, y, flush.end_s, y)
        for flush, y in sent
        if flush.end_s is not None and time(flush.end_s) - time(flush.start_s) > size
    ]
    marks: list[Mark] = [Strokes(spans=waits, css="flush-wait")]
    for transport, end in sorted({(f.transport, f.end) for f, _ in sent}, key=_failed_last):
        places = [(f.start_s, y) for f, y in sent if (f.transport, f.end) == (transport, end)]
        marks.append(_points(places, f"flush-{end}", _shape(transport, end), size=size, apart=size))
    return marks


def _failed_last(kind: tuple[str, str]) -> tuple[bool, str, str]:
    return (kind[1] == FAILED, *kind)


def _shape(transport: str, end: str) -> str:
    shape = _SHAPE.get(transport, "diamond")
    return f"{shape} cross" if end == FAILED else shape


def _left_behind(adoptions: Sequence[Adoption], placed: _Placed) -> list[Mark]:
    """Return a dotted line in a dead tab's lane for what it left, and a line to who took it."""
    rows = {life.tab: (life, row + _BAR) for life, row in placed}
    known = [(one, *rows[one.owner]) for one in adoptions if one.owner in rows]
    waits = [(life.end_s, y, one.at_s, y) for one, life, y in known if one.at_s > life.end_s]
    ways = [(one.at_s, y, one.at_s, rows[one.heir][1]) for one, _, y in known if one.heir in rows]
    return [Strokes(spans=waits, css="estate"), Strokes(spans=ways, css="handover")]


def _taken_over(adoptions: Sequence[Adoption], placed: _Placed) -> list[Mark]:
    rows = {life.tab: row + _BAR for life, row in placed}
    dots = [(one.at_s, rows[one.heir]) for one in adoptions if one.heir in rows]
    return [_points(dots, "handover-dot", "dot", key="a queue is taken over")]


def _ends(placed: _Placed, size: float) -> list[Mark]:
    ends = [(life.end, (life.end_s, row + _BAR)) for life, row in placed]
    left = [place for end, place in ends if end not in (OPEN, KILLED)]
    killed = [place for end, place in ends if end == KILLED]
    restored = [(life.start_s, row + _BAR) for life, row in placed if life.restored]
    return [
        _points(left, "tab-cap", "tick", key="closed or left", size=size + 4),
        _points(killed, "cross", "cross", key="killed", size=9),
        _points(restored, "tab-cap", "chevron", key="brought back by the browser", size=size),
    ]


def _crashes(crashes: Sequence[Crash]) -> list[Mark]:
    moments = [
        Moment(one.at_s, "browser killed", "crash", words_before=True)
        if one.is_kill
        else Moment(one.at_s, f"came back, {count(one.tabs, 'tab')}", "restore")
        for one in crashes
    ]
    return [Moments(moments=moments)] if moments else []


def _labels(lanes: Sequence[Sequence[TabLife]], *, with_users: bool) -> list[Mark]:
    """Return beside each lane what became of it."""
    marks: list[Mark] = []
    for row, lane in enumerate(lanes):
        alone = len(lane) == 1
        views = sum(len(life.views) + len(life.lost) for life in lane)
        lost = sum(len(life.lost) for life in lane)
        words = f"{count(views, 'view')}, {ENDS[lane[0].end]}" if alone else count(views, "view")
        words = f"{lost} of {count(views, 'view')} lost" if lost else words
        marks.append(Words(value=row + _BAR, label=words, css="lane-bad" if lost else "lane"))
        if alone and with_users:
            user = one_line(lane[0].user)[:20]
            marks.append(Words(value=row + _BAR, label=user, css="lane-user"))
    return marks


def _key(lives: Sequence[TabLife]) -> list[Mark]:
    """Return what the shapes and fillings of attempts mean."""
    used = [flush.transport for life in lives for flush in life.flushes]
    ends = {flush.end for life in lives for flush in life.flushes}
    transports = [name for name in (*_SHAPE, *sorted({*used} - {*_SHAPE})) if name in used]
    shapes = [(name, SENT, f"sent over {name}") for name in transports]
    fillings = [("fetch", end, words) for end, words in _FILLINGS.items() if end in ends]
    return [
        Points(css=f"flush-{end}", shape=_shape(transport, end), key=words, size=9)
        for transport, end, words in (*shapes, *fillings)
    ]
