"""Which rows of a table are new since the last read, asked of the table itself.

PostgreSQL keeps, with every version of a row, the transaction that wrote it (``xmin``). A
transaction that was complete when the read before this one began had an id below that read's
``pg_snapshot_xmin``, so every row committed since has ``xmin`` at or above it, however old its
``viewed_at`` is: a row that a client sends again a minute later is found without reading all.
A view has no ``xmin``; there the newest are those of the last seconds by ``viewed_at``.

Source: PostgreSQL documentation, "System Columns" and "System Information Functions"
(``pg_snapshot_xmin``: all ids below it are either committed and visible, or rolled back).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

from psycopg import sql

from harness.target.target import Table

RECENT_S = 5.0
"""By ``viewed_at``: a row that is older than this when it is committed makes the count differ."""

_XIDS = 2**32
"""``xmin`` has the lower 32 bits of a transaction's id."""
_HAS_XMIN = "SELECT relkind IN ('r', 'p', 'm') FROM pg_class WHERE oid = to_regclass(%s)"
_HORIZON = "SELECT txid_snapshot_xmin(txid_current_snapshot())"
_BY_TRANSACTION = sql.SQL("age(xmin) <= age((%s)::text::xid)")
_BY_TIME = sql.SQL("{viewed} >= (SELECT max({viewed}) FROM {table}) - %s")

Ask = Callable[..., Awaitable[list[tuple[Any, ...]]]]
"""Runs a query with its parameters and returns its rows."""


class NewestRows:
    """The condition that a row is new since the last read of ``table``, and its parameter."""

    def __init__(self, table: Table) -> None:
        self._name = sql.Identifier(*table.name.split("."))
        self._by_time = _BY_TIME.format(
            viewed=sql.Identifier(table.viewed_column), table=self._name
        )
        self._has_xmin: bool | None = None
        self._before: int | None = None

    async def begin(self, ask: Ask) -> tuple[sql.Composable, str | dt.timedelta]:
        """Return the condition and its one parameter, just before the read that uses them.

        What is written while that read goes on is new for the next one too.
        """
        if self._has_xmin is None:
            found = await ask(_HAS_XMIN, self._name.as_string(None))
            self._has_xmin = bool(found and found[0][0])
        if not self._has_xmin:
            return self._by_time, dt.timedelta(seconds=RECENT_S)
        before, self._before = self._before, int((await ask(_HORIZON))[0][0])
        # Without a read before this one nothing is known to be old: all ids are at or above 3.
        return _BY_TRANSACTION, str(3 if before is None else before % _XIDS)
