"""The smallest part of a list that still fails: delta debugging (Zeller and Hildebrandt 2002).

Pure but for the question itself: the caller decides how it is asked, and how often at most.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk(Generic[T]):
    """What is left, how often was asked, and whether no single item more could be taken out."""

    items: tuple[T, ...]
    asked: int
    is_minimal: bool


async def shrink(
    items: Sequence[T],
    fails: Callable[[Sequence[T]], Awaitable[bool]],
    *,
    most: int,
) -> Shrunk[T]:
    """Return the smallest part that was found to fail still, in the order it had.

    ``items`` as a whole must fail. ``fails`` is asked at most ``most`` times, never twice about the
    same part; when that is used up the best so far is returned.
    """
    known: dict[tuple[int, ...], bool] = {}
    kept = tuple(range(len(items)))
    pieces = 2

    async def still(part: tuple[int, ...]) -> bool | None:
        if part in known:
            return known[part]
        if len(known) >= most:
            return None
        known[part] = await fails([items[n] for n in part])
        return known[part]

    while len(kept) >= 2:
        found, ended = None, False
        for part in _candidates(kept, pieces):
            answer = await still(part)
            ended = answer is None
            if ended:
                break
            if answer:
                found = part
                break
        if ended:
            return _result(items, kept, known, is_minimal=False)
        if found is not None:
            pieces = 2 if len(found) <= len(kept) // 2 else max(2, pieces - 1)
            kept = found
        elif pieces >= len(kept):
            break
        else:
            pieces = min(len(kept), 2 * pieces)
    return _result(items, kept, known, is_minimal=True)


def _candidates(kept: tuple[int, ...], pieces: int) -> list[tuple[int, ...]]:
    """Return each piece by itself, then what is left without each piece; the empty one never."""
    bounds = [round(n * len(kept) / pieces) for n in range(pieces + 1)]
    cuts = [(bounds[n], bounds[n + 1]) for n in range(pieces) if bounds[n] < bounds[n + 1]]
    alone = [kept[low:high] for low, high in cuts]
    rest = [kept[:low] + kept[high:] for low, high in cuts] if pieces > 2 else []
    return [part for part in alone + rest if part]


def _result(
    items: Sequence[T],
    kept: tuple[int, ...],
    known: dict[tuple[int, ...], bool],
    *,
    is_minimal: bool,
) -> Shrunk[T]:
    return Shrunk(items=tuple(items[n] for n in kept), asked=len(known), is_minimal=is_minimal)
