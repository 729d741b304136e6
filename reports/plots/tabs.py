"""The tabs of a run as lanes: visible or hidden, what they showed and sent, and how they ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from reports.core.text import count, one_line
from reports.evidence.faults import FaultSpan
from reports.evidence.tabs import (
    ANSWERED,
    AWAY,
    CACHED,
    CLOSED,
    FAILED,
    HIDDEN,
    KILLED,
    OPEN,
    SENT,
    VISIBLE,
    Adoption,
    Crash,
    Flush,
    Spell,
    TabLife,
)
from reports.plots.drawing import marks, svg
from reports.plots.drawing.picture import (
    LEFT,
    RIGHT,
    WIDTH,
    Picture,
    fault_lanes,
    fault_sentence,
    lanes_height,
    no_data,
    time_scale,
)
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
_SHARE = {VISIBLE: 1.0, _MIXED: 0.62, HIDDEN: 0.3, CACHED: 0.12}
"""How much of the bar's height each state takes: to be told apart without colour too."""


@dataclass(frozen=True, slots=True)
class _Lane:
    """Where the parts of one lane lie: ticks for views, the bar, marks for attempts."""

    top: float
    pitch: float

    @property
    def bar(self) -> tuple[float, float]:
        """Return top and bottom of the bar."""
        return self.top + 0.24 * self.pitch, self.top + 0.62 * self.pitch

    @property
    def marks(self) -> float:
        """Return the middle of the attempts' marks."""
        return self.top + 0.81 * self.pitch

    @property
    def size(self) -> float:
        """Return how high the marks are."""
        return 0.26 * self.pitch


def tabs_over_time(
    lives: Sequence[TabLife],
    adoptions: Sequence[Adoption],
    crashes: Sequence[Crash],
    faults: Sequence[FaultSpan],
) -> Picture:
    """Draw a lane for each tab, from its first word to its end, in the order of opening."""
    if not lives:
        return no_data(TITLE, "no page told of itself")
    rows, left_out = _rows(lives)
    drawn = [life for life in lives if life.tab in rows]
    lanes = max(rows.values()) + 1
    pitch = 38.0 if lanes <= 4 else 31.0 if lanes <= 10 else 25.0
    time = _time(lives, crashes, faults)
    top = lanes_height(faults) + (24 if crashes else 8)
    bottom = top + lanes * pitch + 4
    place = {tab: _Lane(top + row * pitch, pitch) for tab, row in rows.items()}
    parts = [
        fault_lanes(faults, time, top=2, shade_to=[(top, bottom)]),
        *_left_behind(adoptions, drawn, place, time),
        *_bars(drawn, place, time),
        *_views(drawn, place, time),
        *_attempts(drawn, place, time),
        *_taken(adoptions, place, time),
        *_crashes(crashes, time, (top, bottom)),
        *_labels(drawn, rows, place),
        svg.time_axis(time, y=bottom),
    ]
    is_mixed = any(s.state == _MIXED for life in drawn for s in _thickened(life.spells, time))
    legend, legend_height = _legend(lives, adoptions, bottom + 52, is_mixed=is_mixed)
    if left_out:
        more = f"and {count(left_out, 'more tab')}, in the table below"
        parts.append(svg.text(LEFT, bottom + 36, more, "note"))
    description = describe(lives, adoptions, crashes) + fault_sentence(faults)
    return Picture(
        title=TITLE,
        description=description,
        svg=svg.document(WIDTH, bottom + 52 + legend_height, TITLE, description, [*parts, *legend]),
        rows=table(lives, adoptions),
    )


def _time(
    lives: Sequence[TabLife], crashes: Sequence[Crash], faults: Sequence[FaultSpan]
) -> svg.Scale:
    """Return the time axis; where nothing happened for long it begins later than the run."""
    whole = time_scale([life.end_s for life in lives] + [one.at_s for one in crashes], faults)
    first = min([life.start_s for life in lives] + [fault.start_s for fault in faults])
    low = first - 0.02 * (whole.high - first)
    return replace(whole, low=low) if low > _IDLE * whole.high else whole


def _rows(lives: Sequence[TabLife]) -> tuple[dict[str, int], int]:
    """Return tab → its row, and how many tabs have none."""
    if len(lives) <= MOST_LANES:
        return {life.tab: row for row, life in enumerate(lives)}, 0
    rows: dict[str, int] = {}
    free_from: list[float] = []
    for life in lives:
        row = next((n for n, free_s in enumerate(free_from) if free_s < life.start_s), None)
        if row is None:
            if len(free_from) == MOST_LANES:
                continue
            row = len(free_from)
            free_from.append(0.0)
        free_from[row] = life.end_s
        rows[life.tab] = row
    return rows, len(lives) - len(rows)


def _bars(lives: Sequence[TabLife], place: dict[str, _Lane], time: svg.Scale) -> list[Markup]:
    boxes: dict[str, list[tuple[float, float, float, float]]] = {state: [] for state in _SHARE}
    caps: list[tuple[float, float, float, float]] = []
    deaths: list[svg.Point] = []
    starts: list[tuple[float, float, float, float]] = []
    for life in lives:
        upper, lower = place[life.tab].bar
        middle, room = (upper + lower) / 2, lower - upper
        for spell in _thickened(life.spells, time):
            height = room * _SHARE[spell.state]
            x = time(spell.start_s)
            width = max(time(spell.end_s) - x, 0.6)
            boxes[spell.state].append((x, middle - height / 2, width, height))
        end = time(life.end_s)
        if life.end == KILLED:
            deaths.append((end, middle))
        elif life.end != OPEN:
            caps.append((end, upper - 2, end, lower + 2))
        if life.restored:
            start = time(life.start_s)
            starts.append((start - 6, upper, start, middle))
            starts.append((start - 6, lower, start, middle))
    drawn = [svg.boxes(found, f"tab-{state}") for state, found in boxes.items() if found]
    drawn += [marks.strokes(caps, "tab-cap")] if caps else []
    drawn += [svg.crosses(deaths, "cross", size=9)] if deaths else []
    return drawn + ([marks.strokes(starts, "tab-cap")] if starts else [])


def _thickened(spells: Sequence[Spell], time: svg.Scale) -> list[Spell]:
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


def _views(lives: Sequence[TabLife], place: dict[str, _Lane], time: svg.Scale) -> list[Markup]:
    good, bad = list[tuple[float, float, float, float]](), list[tuple[float, float, float, float]]()
    for life in lives:
        lane = place[life.tab]
        upper = lane.bar[0]
        for times, ticks in ((life.views, good), (life.lost, bad)):
            places = marks.bunched([time(at_s) for at_s in times], 1.5)
            ticks += [(x, lane.top + 1, x, upper - 1) for x, _ in places]
    drawn = [marks.strokes(good, "view-tick")] if good else []
    return drawn + ([marks.strokes(bad, "view-lost")] if bad else [])


def _attempts(lives: Sequence[TabLife], place: dict[str, _Lane], time: svg.Scale) -> list[Markup]:
    """Draw each attempt at its beginning, with a line to its end where that came much later."""
    points: dict[tuple[str, str], list[svg.Point]] = {}
    waits: list[tuple[float, float, float, float]] = []
    size = min((place[life.tab].size for life in lives), default=7.0)
    for life in lives:
        y = place[life.tab].marks
        places: dict[tuple[str, str], list[float]] = {}
        for flush in life.flushes:
            x = time(flush.start_s)
            places.setdefault((flush.transport, flush.end), []).append(x)
            if flush.end_s is not None and time(flush.end_s) - x > size:
                waits.append((x, y, time(flush.end_s), y))
        for kind, found in places.items():
            bunch = marks.bunched(found, size)
            points.setdefault(kind, []).extend((x, y) for x, _ in bunch)
    drawn = [marks.strokes(waits, "flush-wait")] if waits else []
    for (transport, end), where in sorted(points.items(), key=lambda one: one[0][1] == FAILED):
        drawn += _mark(where, transport, end, size)
    return drawn


def _mark(where: Sequence[svg.Point], transport: str, end: str, size: float) -> list[Markup]:
    shape = _SHAPE.get(transport, "diamond")
    drawn = [marks.shapes(where, shape, f"flush-{end}", size=size)]
    if end == FAILED:
        drawn.append(svg.crosses(where, "flush-cross", size=size + 2))
    return drawn


def _left_behind(
    adoptions: Sequence[Adoption],
    lives: Sequence[TabLife],
    place: dict[str, _Lane],
    time: svg.Scale,
) -> list[Markup]:
    """Draw what a dead tab left as a dotted line in its lane, and from there a line to its heir."""
    ended = {life.tab: life.end_s for life in lives}
    waits, ways = (
        list[tuple[float, float, float, float]](),
        list[tuple[float, float, float, float]](),
    )
    for one in adoptions:
        x = time(one.at_s)
        if one.owner not in ended:
            continue
        y = sum(place[one.owner].bar) / 2
        if one.at_s > ended[one.owner]:
            waits.append((time(ended[one.owner]), y, x, y))
        if one.heir in place:
            ways.append((x, y, x, sum(place[one.heir].bar) / 2))
    drawn = [marks.strokes(waits, "estate")] if waits else []
    return drawn + ([marks.strokes(ways, "handover")] if ways else [])


def _taken(adoptions: Sequence[Adoption], place: dict[str, _Lane], time: svg.Scale) -> list[Markup]:
    """Draw a dot where a tab took something over."""
    heirs = [one for one in adoptions if one.heir in place]
    dots = [(time(one.at_s), sum(place[one.heir].bar) / 2) for one in heirs]
    return [svg.dots(dots, "handover-dot")] if dots else []


def _crashes(crashes: Sequence[Crash], time: svg.Scale, panel: tuple[float, float]) -> list[Markup]:
    """Draw a line through all lanes for each death and each return, named where there is room."""
    drawn = []
    taken = 0.0
    for one in crashes:
        killed = one.kind == "browser_killed"
        x = time(one.at_s)
        drawn.append(svg.line(x, panel[0] - 4, x, panel[1], "crash" if killed else "restore"))
        words = "browser killed" if killed else f"came back, {count(one.tabs, 'tab')}"
        width = svg.text_width(words, 12)
        start = x - 4 - width if killed else min(x + 4, WIDTH - width)
        if start < taken:
            continue  # the line stands for itself; the description has them all
        taken = start + width
        css = "label-bad" if killed else "label-durable"
        drawn.append(svg.text(start, panel[0] - 8, words, css))
    return drawn


def _labels(
    lives: Sequence[TabLife], rows: dict[str, int], place: dict[str, _Lane]
) -> list[Markup]:
    """Name each lane at its left, and say at its right what became of it."""
    users = {life.user for life in lives}
    by_row: dict[int, list[TabLife]] = {}
    for life in lives:
        by_row.setdefault(rows[life.tab], []).append(life)
    drawn = []
    for found in by_row.values():
        lane = place[found[0].tab]
        middle = sum(lane.bar) / 2 + 4
        alone = len(found) == 1
        name = short(found[0].tab) if alone else count(len(found), "tab")
        drawn.append(svg.text(LEFT - 8, middle, name, "tick", anchor="end"))
        views = sum(len(life.views) + len(life.lost) for life in found)
        words = f"{count(views, 'view')}, {ENDS[found[0].end]}" if alone else count(views, "view")
        lost = sum(len(life.lost) for life in found)
        words = f"{lost} of {count(views, 'view')} lost" if lost else words
        drawn.append(svg.text(RIGHT + 8, middle, words, "lane-bad" if lost else "lane"))
        if alone and len(users) > 1 and lane.pitch > 26:
            name = one_line(found[0].user)[:20]
            drawn.append(svg.text(RIGHT + 8, middle + 12, name, "lane-user"))
    return drawn


def _legend(
    lives: Sequence[TabLife], adoptions: Sequence[Adoption], top: float, *, is_mixed: bool
) -> tuple[list[Markup], float]:
    """Return the key to what is drawn, in as many lines as it needs, and its height."""
    flushes = [flush for life in lives for flush in life.flushes]
    states = {spell.state for life in lives for spell in life.spells}
    transports = dict.fromkeys(f.transport for f in sorted(flushes, key=_by_transport))
    ends, how = {flush.end for flush in flushes}, {life.end for life in lives}
    entries: list[tuple[str, str]] = [(state, state) for state in (VISIBLE, HIDDEN)]
    entries += [(_MIXED, "switching fast")] * is_mixed
    entries += [(CACHED, "left, kept in the cache")] * (CACHED in states)
    entries += [("view", "a view")]
    entries += [("lost", "a view that was lost, or stored wrong")] * any(
        life.lost for life in lives
    )
    entries += [(f"mark {name}", f"sent over {name}") for name in transports]
    entries += [("end answered", "answered")] * (ANSWERED in ends)
    entries += [("end sent", "no answer seen")] * (SENT in ends)
    entries += [("end failed", "failed")] * (FAILED in ends)
    entries += [("handover", "a queue is taken over")] * bool(adoptions)
    entries += [("cap", "closed or left")] * any(end in how for end in (CLOSED, AWAY))
    entries += [("death", "killed")] * (KILLED in how)
    entries += [("origin", "brought back by the browser")] * any(one.restored for one in lives)
    drawn: list[Markup] = []
    x, y = LEFT, top + 12
    for what, words in entries:
        width = 42 + svg.text_width(words, 12)
        if x + width > WIDTH:
            x, y = LEFT, y + 22
        drawn += [*_sample(what, x, y - 4), svg.text(x + 26, y, words, "note")]
        x += width
    return drawn, y - top + 12


def _by_transport(flush: Flush) -> int:
    return list(_SHAPE).index(flush.transport) if flush.transport in _SHAPE else len(_SHAPE)


def _sample(what: str, x: float, y: float) -> list[Markup]:
    """Return one thing as it is drawn, 20 pixels wide, with its middle at y."""
    kind, _, name = what.partition(" ")
    middle = (x + 10, y)
    if kind in _SHARE:
        height = 13 * _SHARE[kind]
        return [svg.boxes([(x, y - height / 2, 20, height)], f"tab-{kind}")]
    if kind == "mark":
        return [marks.shapes([middle], _SHAPE.get(name, "diamond"), "flush-sent", size=9)]
    if kind == "end":
        return _mark([middle], "fetch", name, 9)
    if kind == "handover":
        return [
            marks.strokes([(x, y, *middle)], "estate"),
            marks.strokes([(x + 10, y - 7, *middle)], "handover"),
            svg.dots([middle], "handover-dot"),
        ]
    if kind == "death":
        return [svg.crosses([middle], "cross", size=9)]
    if kind == "origin":
        return [marks.strokes([(x + 8, y - 5, x + 14, y), (x + 8, y + 5, x + 14, y)], "tab-cap")]
    css = {"view": "view-tick", "lost": "view-lost", "cap": "tab-cap"}[kind]
    return [marks.strokes([(x + 10, y - 6, x + 10, y + 6)], css)]
