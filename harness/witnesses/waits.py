"""How many statements hold a lock on the table of impressions, or wait for something, right now.

Sampled at random moments (a Poisson process), so that a mean over them is one over time whatever
the rhythm of the load: samples at even moments would meet even requests always in the same state.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from harness.core.clock import seeded_random
from harness.ledger.kinds.activity import DatabaseFigure, DatabaseFigureName
from harness.target.target import Table

PER_S = 10.0
"""Samples a second, on average: each costs the database a millisecond or less."""

_NAMES: tuple[DatabaseFigureName, ...] = (
    "table_writers",
    "statements_waiting_for_lock",
    "statements_waiting_for_lwlock",
    "statements_waiting_for_io",
)
_SAMPLE = """
SELECT
    (SELECT count(DISTINCT pid) FROM pg_locks
     WHERE locktype = 'relation' AND relation = to_regclass(%s) AND granted
       AND mode = 'RowExclusiveLock'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())),
    count(*) FILTER (WHERE wait_event_type = 'Lock'),
    count(*) FILTER (WHERE wait_event_type = 'LWLock'),
    count(*) FILTER (WHERE wait_event_type = 'IO')
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
"""


class WaitSampler:
    """Samples one database over connections that it is lent."""

    def __init__(self, table: Table) -> None:
        self._table = ".".join(f'"{part}"' for part in table.name.split("."))
        self._chance = seeded_random(0, "moments of wait samples")

    def pause_s(self) -> float:
        """Return how long to wait until the next sample."""
        return self._chance.expovariate(PER_S)

    def sample(
        self,
        connection: psycopg.Connection[tuple[object, ...]],
        say: Callable[[DatabaseFigure], None],
    ) -> None:
        """Say every figure of this moment. Raises psycopg.Error."""
        row = connection.execute(_SAMPLE.encode(), (self._table,)).fetchone()
        for name, value in zip(_NAMES, row or (), strict=False):
            say(DatabaseFigure(name=name, value=float(str(value))))
