"""Every slot in the order of time: its figure, its arm, what it lost, and the machine beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reports.core.text import count, figure, one_line
from reports.plots.drawing.marks import Bars, Mark, Points, Strokes
from reports.plots.drawing.panels import Panel, draw
from reports.plots.drawing.picture import LEFT, RIGHT, Picture, no_data
from reports.plots.drawing.svg import Scale
from reports.plots.experiments.arms import points, short

TITLE = "Slots in the order in which they ran"
_SEPARATED_MOST = 60
_TICKS_MOST = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotValue:
    """One slot: its block (counted from 0), its place in it, its arm's number, and its figure.

    ``value`` is NaN where there is none; ``counts`` is whether it enters the comparison, ``failed``
    whether a check failed that was not expected to.
    """

    block: int
    position: int
    arm: int
    value: float
    counts: bool
    lost: int
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockCanary:
    """A block's number, its canaries in ms, and whether the machine was busy."""

    number: int
    ms: Sequence[float]
    is_unsteady: bool


def slots_in_order(
    title: str, slots: Sequence[SlotValue], blocks: Sequence[BlockCanary], arms: Sequence[str]
) -> Picture:
    """Draw the figure ``title`` of every slot by its number, and the canaries on the same axis."""
    if not slots or not blocks:
        return no_data(TITLE, "no block is complete")
    width = float(len(arms))
    x = Scale(low=0.0, high=width * len(blocks), start=LEFT, end=RIGHT)
    panels = [*_troubles(slots, width), _values(title, slots, blocks, arms), _canary(blocks, width)]
    every = math.ceil(len(blocks) / _TICKS_MOST)
    return draw(
        TITLE,
        _description(title, slots, blocks),
        panels,
        rows=_rows(title, slots, blocks, arms),
        x=x,
        x_title="number of the block",
        x_ticks=[
            ((n + 0.5) * width, str(one.number)) for n, one in enumerate(blocks) if n % every == 0
        ],
    )


def _at(slot: SlotValue, width: float) -> float:
    return slot.block * width + slot.position + 0.5


def _values(
    title: str, slots: Sequence[SlotValue], blocks: Sequence[BlockCanary], arms: Sequence[str]
) -> Panel:
    width = float(len(arms))
    known = [slot for slot in slots if slot.counts and math.isfinite(slot.value)]
    values = [slot.value for slot in known]
    marks: list[Mark] = []
    if values:
        marks += _backdrop(blocks, width, 0.0, 1.1 * max(values))
    for number, arm in enumerate(arms):
        own = [slot for slot in known if slot.arm == number]
        at = [_at(slot, width) for slot in own]
        marks.append(points(number, at, [slot.value for slot in own], key=short(arm), size=9.0))
    return Panel(title=one_line(title), height=220, marks=marks)


def _backdrop(blocks: Sequence[BlockCanary], width: float, low: float, high: float) -> list[Mark]:
    busy = [(n * width, low, (n + 1) * width, high) for n, b in enumerate(blocks) if b.is_unsteady]
    marks: list[Mark] = [Bars("", spans=busy, css="busy", key="the machine was busy")] * bool(busy)
    if len(blocks) <= _SEPARATED_MOST:
        edges = [(n * width, low, n * width, high) for n in range(1, len(blocks))]
        marks += [Strokes("", spans=edges, css="block-edge")] * bool(edges)
    return marks


def _troubles(slots: Sequence[SlotValue], width: float) -> list[Panel]:
    """Return a lane each for slots that do not count, that lost something, and that failed."""
    panels = []
    for name, wrong in (
        ("left out", [slot for slot in slots if not slot.counts]),
        ("lost", [slot for slot in slots if slot.lost]),
        ("failed", [slot for slot in slots if slot.failed]),
    ):
        if wrong:
            at = [_at(slot, width) for slot in wrong]
            mark = Points("", at, [0.5] * len(at), shape="cross", css="cross", label=f"{len(at)}")
            panels.append(Panel(lanes=[name], height=22, marks=[mark]))
    return panels


def _canary(blocks: Sequence[BlockCanary], width: float) -> Panel:
    found = [
        (width * (n + place / max(len(one.ms) - 1, 1)), ms)
        for n, one in enumerate(blocks)
        for place, ms in enumerate(one.ms)
    ]
    at, values = [place for place, _ in found], [ms for _, ms in found]
    marks: list[Mark] = _backdrop(blocks, width, 0.0, 1.1 * max(values)) if values else []
    marks = [mark for mark in marks if mark.css != "busy"]
    marks.append(Points("", at, values, shape="diamond", size=7.0, css="canary", key="canary"))
    return Panel(title="the same fixed work around each block, in ms", height=64, marks=marks)


def _description(title: str, slots: Sequence[SlotValue], blocks: Sequence[BlockCanary]) -> str:
    left_out = sum(not slot.counts for slot in slots)
    busy = sum(block.is_unsteady for block in blocks)
    lost, failed = sum(slot.lost > 0 for slot in slots), sum(slot.failed for slot in slots)
    counted = f"{left_out:,} of them not counted" if left_out else "all of them counted"
    sentence = (
        f"Of {one_line(title)}: {count(len(slots), 'slot')} of {count(len(blocks), 'block')}, "
        f"{counted}; {lost or 'none'} lost something, {failed or 'none'} failed."
    )
    return sentence + (f" The machine was busy in {count(busy, 'block')}." if busy else "")


def _rows(
    title: str, slots: Sequence[SlotValue], blocks: Sequence[BlockCanary], arms: Sequence[str]
) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("block", *arms, "canary ms")]
    for n, block in enumerate(blocks):
        own = {slot.arm: slot for slot in slots if slot.block == n}
        cells = [
            figure(own[a].value) if a in own and own[a].counts else "does not count"
            for a in range(len(arms))
        ]
        rows.append((str(block.number), *cells, " ".join(f"{ms:.0f}" for ms in block.ms)))
    return rows
