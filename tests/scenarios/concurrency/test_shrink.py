"""What is left of a list that fails: the smallest part that still does, and honest counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.concurrency.shrink import Shrunk, shrink

Holds = Callable[[Sequence[int]], bool]


def shrunk(items: Sequence[int], fails: Holds, most: int = 1000) -> tuple[Shrunk[int], int]:
    asked: list[tuple[int, ...]] = []

    async def ask(part: Sequence[int]) -> bool:
        assert part, "nothing was asked about nothing"
        asked.append(tuple(part))
        return fails(part)

    found = asyncio.run(shrink(items, ask, most=most))
    assert len(asked) == found.asked
    if len(set(items)) == len(items):
        assert len(asked) == len(set(asked)), "something was asked twice"
    return found, len(asked)


def has(*wanted: int) -> Holds:
    return lambda part: set(wanted) <= set(part)


@pytest.mark.parametrize("wanted", [(0,), (29,), (3, 4), (0, 29), (2, 13, 27), tuple(range(30))])
def test_exactly_what_is_needed_is_left(wanted: tuple[int, ...]) -> None:
    found, _ = shrunk(range(30), has(*wanted))
    assert found.items == wanted
    assert found.is_minimal


def test_the_order_is_kept_and_equal_items_are_two() -> None:
    found, _ = shrunk([7, 1, 7, 2, 7], lambda part: list(part).count(7) >= 2)
    assert found.items == (7, 7)


def test_one_item_is_as_small_as_it_gets() -> None:
    found, asked = shrunk([5], has(5))
    assert (found.items, asked, found.is_minimal) == ((5,), 0, True)


def test_when_the_questions_are_used_up_the_best_so_far_is_left_and_reported() -> None:
    found, asked = shrunk(range(30), has(2, 13, 27), most=5)
    assert asked == 5
    assert {2, 13, 27} <= set(found.items)
    assert not found.is_minimal


def test_a_few_of_thirty_are_found_with_few_questions() -> None:
    _, asked = shrunk(range(30), has(4, 5, 6))
    assert asked <= 40


def test_what_fails_only_as_a_whole_stays_whole() -> None:
    found, _ = shrunk(range(8), lambda part: len(part) == 8)
    assert found.items == tuple(range(8))
    assert found.is_minimal


@given(st.integers(1, 24), st.data())
@settings(max_examples=80, deadline=None)
def test_what_is_left_fails_and_no_item_less_does(count: int, data: st.DataObject) -> None:
    """Any two demands at once, so that it need not be monotone."""
    some = st.sets(st.integers(0, count - 1), max_size=5)
    needed, either = data.draw(some), data.draw(some)

    def fails(part: Sequence[int]) -> bool:
        return needed <= set(part) and (not either or bool(either & set(part)))

    found, _ = shrunk(range(count), fails)
    assert fails(found.items)
    for n in range(len(found.items)) if len(found.items) > 1 else ():
        assert not fails(found.items[:n] + found.items[n + 1 :])
