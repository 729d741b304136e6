"""Numbers that the processes of one server share: each writes its own row, all read the sums."""

from __future__ import annotations

import mmap
from enum import IntEnum


class Cell(IntEnum):
    """What one process tells the others."""

    IN_FLIGHT = 0
    WAITING_IDS = 1
    WRITING = 2
    RECEIPTS = 3


class Board:
    """A few integers in memory that survives a fork; make it before, use it after."""

    def __init__(self, processes: int = 1) -> None:
        self.processes = processes
        memory = mmap.mmap(-1, processes * len(Cell) * 8)
        self._cells = memoryview(memory).cast("q")

    def row(self, process: int) -> Row:
        """Return the row that ``process`` may write."""
        return Row(self._cells, process * len(Cell))

    def total(self, cell: Cell) -> int:
        """Return the sum over all processes."""
        return sum(self._cells[cell :: len(Cell)])


class Row:
    """One process's own numbers."""

    def __init__(self, cells: memoryview[int], first: int) -> None:
        self._cells = cells
        self._first = first

    def add(self, cell: Cell, amount: int) -> None:
        """Add ``amount``; only the owner calls this, from one thread, so nothing is lost."""
        self._cells[self._first + cell] += amount

    def get(self, cell: Cell) -> int:
        """Return this process's own number."""
        return self._cells[self._first + cell]
