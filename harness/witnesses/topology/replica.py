"""What a streaming replica says of itself and its primary of it, each over a connection of our own.

Questions about freshness are counted by the replica's own pg_stat_statements, past the server.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg

from harness.ledger.kinds.monitoring.topology import ReplicaState

PART = "replica"
_TIMEOUT_S = 2

_PRIMARY = """
SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint,
       (SELECT sync_state FROM pg_stat_replication WHERE application_name = 'replica')
"""
_REPLICA = """
SELECT pg_is_in_recovery(), coalesce((pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint, 0)
"""
_READS = """
SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND query LIKE '%count(uai.artwork_id)%'
"""


class WatchedReplica:
    """One replica and its primary, by their connection strings."""

    part, process = PART, PART

    def __init__(self, replica: str, primary: str) -> None:
        self._replica = replica
        self._primary = primary

    def look(self, pid: int) -> Sequence[ReplicaState]:
        """Return its state. Raises OSError where one of the two does not answer.

        The primary is asked first: what the replica lacks is never reported larger than it is.
        """
        [written] = _asked(self._primary, _PRIMARY)
        [repeated, reads] = _asked(self._replica, _REPLICA, _READS)
        return [state(written, repeated, int(reads[0]), pid)]


def state(
    written: tuple[int, str | None], repeated: tuple[bool, int], reads: int, pid: int
) -> ReplicaState:
    """Return the state that two answers describe: how far the primary's log is written and what it
    takes the replica for, and whether that is a replica and how far it has repeated the log."""
    position, status = written
    is_replica, has_repeated = repeated
    return ReplicaState(
        part=PART,
        pid=pid,
        status=(status or "away") if is_replica else "promoted",
        behind=max(0, position - has_repeated) if is_replica else 0,
        reads=reads,
    )


def _asked(dsn: str, *queries: str) -> list[Any]:
    """Return one row for each query."""
    try:
        with closing(
            psycopg.connect(
                dsn, autocommit=True, connect_timeout=_TIMEOUT_S, prepare_threshold=None
            )
        ) as connection:
            connection.execute(f"SET statement_timeout = {1000 * _TIMEOUT_S}".encode())
            return [connection.execute(query.encode()).fetchone() for query in queries]
    except psycopg.Error as error:
        raise OSError(" ".join(str(error).split())) from error
