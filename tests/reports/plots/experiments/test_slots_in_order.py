"""Slots in time's order: none is left out, and the machine stands beside them."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from reports.plots.drawing.picture import Picture
from reports.plots.experiments.slots_in_order import BlockCanary, SlotValue, slots_in_order
from tests.reports.plots.reading import by_class, dots_in, labels, read

ARMS = ("old", "new")


def slots(blocks: int) -> list[SlotValue]:
    return [
        SlotValue(block=n, position=p, arm=(p + n) % 2, value=10.0 + n, counts=True, lost=0)
        for n in range(blocks)
        for p in range(2)
    ]


def canaries(blocks: int, *, busy: int = -1) -> list[BlockCanary]:
    return [
        BlockCanary(number=n + 1, ms=(100.0, 101.0), is_unsteady=n == busy) for n in range(blocks)
    ]


def drawn(found: list[SlotValue], blocks: list[BlockCanary]) -> Picture:
    return slots_in_order("response, p95", found, blocks, ARMS)


@given(st.lists(st.tuples(st.floats(0, 1e6) | st.just(math.nan), st.booleans()), max_size=30))
@settings(max_examples=50, deadline=None)
def test_any_figures_can_be_drawn(values: list[tuple[float, bool]]) -> None:
    found = [
        SlotValue(block=n // 2, position=n % 2, arm=n % 2, value=value, counts=counts, lost=0)
        for n, (value, counts) in enumerate(values)
    ]
    read(drawn(found, canaries((len(values) + 1) // 2)))


def test_every_slot_has_its_arm_s_mark_and_every_block_its_number() -> None:
    picture = drawn(slots(3), canaries(3))
    assert dots_in(picture, "arm-0") == dots_in(picture, "arm-1") == 3 + 1, "one in the legend"
    assert {"1", "2", "3", "old", "new", "canary"} <= set(labels(picture))
    assert dots_in(picture, "block-edge") == 2 * 2
    assert dots_in(picture, "canary") == 6 + 1


def test_what_does_not_count_what_lost_and_what_failed_stand_in_lanes_of_their_own() -> None:
    found = slots(2)
    found[0] = replace(found[0], counts=False, value=math.nan)
    found[1] = replace(found[1], lost=5)
    found[2] = replace(found[2], failed=True)
    picture = drawn(found, canaries(2))
    assert {"left out", "lost", "failed"} <= set(labels(picture))
    assert dots_in(picture, "cross") == 3
    assert "1 of them not counted; 1 lost something" in picture.description
    assert "does not count" in picture.rows[1]


def test_a_busy_block_is_shaded() -> None:
    picture = drawn(slots(3), canaries(3, busy=1))
    assert len(by_class(picture, "busy")) == 1 + 1, "one in the legend"
    assert "The machine was busy in 1 block." in picture.description


def test_two_hundred_blocks_have_few_numbers_and_no_edges() -> None:
    picture = drawn(slots(200), canaries(200))
    assert len([words for words in labels(picture) if words.isdigit()]) < 40
    assert not by_class(picture, "block-edge")
    assert dots_in(picture, "arm") == 400 + 2


def test_no_block_is_reported() -> None:
    assert drawn([], []).description == "No data: no block is complete."
