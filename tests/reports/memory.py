"""How much memory a call takes beside what was there, as Python and numpy count it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def most_bytes(call: Callable[[], T]) -> tuple[T, int]:
    """Return what a call returns, and the most bytes that were taken at once meanwhile."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        found = call()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return found, most - before
