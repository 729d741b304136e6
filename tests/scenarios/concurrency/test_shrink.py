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
        assert 0 < len(part) < len(items), "nothing was asked about nothing, or about the whole"
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
    assert found.is_minimal is False


def test_a_few_of_thirty_are_found_with_few_questions() -> None:
    _, asked = shrunk(range(30), has(4, 5, 6))
    assert asked <= 40


def asked_about(count: int, fails: Holds) -> list[tuple[int, ...]]:
    parts: list[tuple[int, ...]] = []

    def asks(part: Sequence[int]) -> bool:
        parts.append(tuple(part))
        return fails(part)

    shrunk(range(count), asks)
    return parts


def test_halves_are_asked_about_first_then_quarters_then_all_but_a_quarter() -> None:
    assert asked_about(8, has(5)) == [(0, 1, 2, 3), (4, 5, 6, 7), (4, 5), (4,), (5,)]
    assert asked_about(4, has(0, 3)) == [
        *[(0, 1), (2, 3)],
        *[(0,), (1,), (2,), (3,), (1, 2, 3), (0, 2, 3)],
        (0, 3),
    ]


def test_a_piece_that_fails_is_halved_anew() -> None:
    parts = asked_about(16, lambda part: tuple(part) == (4, 5, 6, 7))
    halves = [(0, 1, 2, 3, 4, 5, 6, 7), (8, 9, 10, 11, 12, 13, 14, 15)]
    assert parts[:6] == [*halves, (0, 1, 2, 3), (4, 5, 6, 7), (4, 5), (6, 7)]
    assert len(parts) == 6 + 4 + 4


@pytest.mark.parametrize(
    ("count", "wanted", "questions"),
    [
        (30, (4, 5, 6), 16),
        (30, (2, 13, 27), 59),
        (30, (0, 29), 30),
        (31, (1, 2, 15, 16), 45),
        (5, (1, 3), 13),
        (7, (0, 3, 6), 26),
        (24, (0, 3, 6, 9, 12, 15, 18, 21), 127),
        (9, (8,), 6),
    ],
)
def test_no_question_more_is_asked(count: int, wanted: tuple[int, ...], questions: int) -> None:
    """Each costs a whole run."""
    assert len(asked_about(count, has(*wanted))) == questions


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
