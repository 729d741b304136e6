"""The order of the tools, and how near the scale target is."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.load.service import nearness, order_of
from tests.benchmarks.load.timings import timings


def test_each_tool_is_as_often_before_as_after_every_other() -> None:
    names = ["a", "b", "c"]
    orders = [order_of(names, block) for block in range(12)]
    before = Counter(
        (first, second)
        for order in orders
        for n, first in enumerate(order)
        for second in order[n + 1 :]
    )
    assert len(before) == 6
    assert set(before.values()) == {6}
    assert all(orders[n] == orders[n + 1][::-1] for n in range(0, 12, 2))


def test_differences_are_of_neighbours_not_of_medians() -> None:
    """A machine that becomes slow for both moves no difference."""
    ours = [timings(1.0, 2.0), timings(51.0, 72.0), timings(1.5, 2.5)]
    peer = [timings(1.2, 2.0), timings(50.0, 70.0), timings(1.0, 2.25)]
    near = nearness(ours, peer)
    assert (near.p50.median, near.p50.greatest) == (0.5, 1.0)
    assert near.p95.median == 0.25
    assert near.near


@pytest.mark.parametrize("off", [1.5, -1.5])
def test_a_difference_beyond_a_millisecond_is_not_near_on_either_side(off: float) -> None:
    near = nearness([timings(p95=4 + off)] * 3, [timings(p95=4)] * 3)
    assert not near.near


@pytest.mark.parametrize(("ours", "inside"), [(3.9, False), (4.0, True), (7.0, True), (7.1, False)])
def test_our_p99_is_held_against_the_peers_least_and_greatest(ours: float, inside: bool) -> None:
    near = nearness([timings(p99=ours)] * 3, [timings(p99=p99) for p99 in (4.0, 5.0, 7.0)])
    assert near.p99_inside is inside
