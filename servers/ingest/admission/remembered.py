"""What was understood once and is asked for again: a cache that is bounded in bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K", bytes, str)
V = TypeVar("V")

OVERHEAD_BYTES = 400
"""About what an entry takes beside its key: the value, and its place in the dictionary."""


class Remembered(Generic[K, V]):
    """Values by key, at most ``total_bytes`` of both; a key over ``key_bytes`` is not kept.

    When it is full all is forgotten: cheaper than an order, and it is only a cache.
    """

    def __init__(self, *, key_bytes: int, total_bytes: int) -> None:
        self._key_bytes = key_bytes
        self._total_bytes = total_bytes
        self._entries: dict[K, V] = {}
        self._size = 0
        self.get: Callable[[K], V | None] = self._entries.get
        """Return the value of a key, None where it is not kept."""

    def put(self, key: K, value: V) -> None:
        """Keep a value, if its key is not too long."""
        if len(key) > self._key_bytes:
            return
        # A character takes four bytes at most; a head is ASCII nearly always, and counted as such.
        wide = isinstance(key, str) and not key.isascii()
        size = len(key) * (4 if wide else 1) + OVERHEAD_BYTES
        if self._size + size > self._total_bytes:
            self._entries.clear()
            self._size = 0
        self._entries[key] = value
        self._size += size

    def __len__(self) -> int:
        return len(self._entries)
