"""A view as truth shows it, and how many of them are too many."""

from __future__ import annotations

from typing import NamedTuple

from harness.core.errors import HarnessError

ROWS_MAX = 2_000_000
"""More would fill memory: a query that returns them is not restricted to what a run stores."""


class StoredView(NamedTuple):
    """A view as it is stored: its id and, where truth names users, whose it is; as text."""

    id: str
    user: str | None


def bounded(rows: int, what: str) -> None:
    """Raise HarnessError where there are more rows than a run can store."""
    if rows > ROWS_MAX:
        raise HarnessError(
            f"{what} returns more than {ROWS_MAX:,} rows",
            hint="Restrict it to what was stored lately",
        )
