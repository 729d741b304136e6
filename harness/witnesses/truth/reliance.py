"""Whether what reads of truth lack is a loss, or the way in which truth is read.

A list that ends after some rows, or shows the newest alone, lacks views that are stored. No read
tells that by itself; several, held against one another, do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from harness.witnesses.database import Key

USUAL_ENDS = frozenset(
    {
        50,
        100,
        200,
        250,
        256,
        500,
        512,
        1000,
        1024,
        2000,
        2048,
        5000,
        10_000,
        20_000,
        50_000,
        100_000,
    }
)
"""After how many rows lists of APIs end that have more; fewer than fifty are too often what a small
run has stored."""
_SAME_LEAST = 3
_SLID_LEAST = 2


class Reliance:
    """What all reads of a run have shown."""

    def __init__(self) -> None:
        self.ever: set[Key] = set()
        self._rows: Counter[Key] | None = None
        self._total = self._same = self._slid = 0

    def note(self, total: int, rows: Counter[Key]) -> None:
        """Take note of a read: all that it showed, and what of it is this run's."""
        self._same = self._same + 1 if total == self._total else 1
        is_other = self._rows is not None and rows != self._rows
        self._slid += bool(total and total == self._total and is_other)
        self._total, self._rows = total, rows
        self.ever |= rows.keys()

    def doubt(self, shown: Collection[Key], *, was_down: bool = False) -> str:
        """Return why what was shown and is not there may be stored all the same; empty where
        nothing says so, or where all is there. ``was_down``: a fault had a part of the system down,
        with which all that it had stored may have gone."""
        if self._rows is None or all(one in self._rows for one in shown):
            return ""
        if not self._total and self.ever and not was_down:
            return (
                "shows nothing at all, and did before, with no part of the system down meanwhile: "
                "it was emptied, or answers with nothing where it cannot be read"
            )
        if self._slid >= _SLID_LEAST:
            return (
                f"shows {self._total:,} rows whatever is added, and no longer what it showed "
                "before: the newest alone"
            )
        if self._total in USUAL_ENDS and self._same >= _SAME_LEAST:
            return (
                f"shows {self._total:,} rows, no more, after which lists often end that have more: "
                "what it lacks may be stored"
            )
        return ""
