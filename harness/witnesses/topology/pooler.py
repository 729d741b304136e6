"""What PgBouncer says of itself, on its console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import psycopg
from psycopg.rows import dict_row

from harness.ledger.kinds.monitoring.topology import PoolerState

PART = "pooler"
_CONSOLE = "pgbouncer"
"""The database of the console itself, which is no pool."""
_TIMEOUT_S = 2
_CLIENTS = ("cl_active", "cl_waiting")
_CONNECTIONS = ("sv_active", "sv_idle", "sv_used", "sv_tested", "sv_login")

Row = Mapping[str, Any]


class Pooler:
    """One PgBouncer."""

    part, process = PART, "pgbouncer"

    def __init__(self, console: str) -> None:
        self._console = console

    def look(self, pid: int) -> Sequence[PoolerState]:
        """Return its state. Raises OSError.

        Each look connects anew: that has a bound of time, which a statement on a console that
        stands still has not.
        """
        try:
            with closing(
                psycopg.connect(
                    self._console,
                    autocommit=True,
                    connect_timeout=_TIMEOUT_S,
                    prepare_threshold=None,
                    row_factory=dict_row,
                )
            ) as connection:
                pools = connection.execute("SHOW POOLS").fetchall()
                stats = connection.execute("SHOW STATS").fetchall()
        except psycopg.Error as error:
            raise OSError(" ".join(str(error).split())) from error
        return [state(pools, stats, pid)]


def state(pools: Sequence[Row], stats: Sequence[Row], pid: int) -> PoolerState:
    """Return the state that a process's rows of ``SHOW POOLS`` and ``SHOW STATS`` describe.

    A pool is made for its first client: without one there are no connections. A pool whose
    transactions are not counted is another matter: raises OSError.
    """
    ours = [row for row in pools if row["database"] != _CONSOLE]
    if uncounted := {row["database"] for row in ours} - {row["database"] for row in stats}:
        raise OSError(f"it does not count the transactions of {', '.join(sorted(uncounted))}")
    return PoolerState(
        part=PART,
        pid=pid,
        clients=sum(int(row[name]) for row in ours for name in _CLIENTS),
        waiting=sum(int(row["cl_waiting"]) for row in ours),
        connections=sum(int(row[name]) for row in ours for name in _CONNECTIONS),
        transactions=sum(
            int(row["total_xact_count"]) for row in stats if row["database"] != _CONSOLE
        ),
    )
