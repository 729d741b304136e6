"""What a shard says of itself: which buckets it owns, and what it was asked.

Questions and writes are counted by the shard's own pg_stat_statements, past the servers: a question
about one user that is asked of two shards counts twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import psycopg

from harness.ledger.kinds.monitoring.topology import ShardState

_TIMEOUT_S = 2
_STATE = """
SELECT count(*) FILTER (WHERE state <> 'moved'), coalesce(max(epoch), 0) FROM shard_buckets
"""
_ASKED = """
SELECT coalesce(sum(calls) FILTER (WHERE query LIKE '%count(uai.artwork_id)%'), 0)::bigint,
       coalesce(sum(calls) FILTER (WHERE query LIKE '%INSERT INTO user_art_impressions%ON CONFLICT%'
                                     AND query LIKE '%string_agg%'), 0)::bigint
FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class WatchedShard:
    """One shard, by its connection string."""

    def __init__(self, number: int, dsn: str) -> None:
        """``number`` counts from 1."""
        self.part = self.process = f"shard-{number}"
        self._dsn = dsn

    def look(self, pid: int) -> Sequence[ShardState]:
        """Return its state. Raises OSError where it does not answer."""
        try:
            with closing(
                psycopg.connect(
                    self._dsn, autocommit=True, connect_timeout=_TIMEOUT_S, prepare_threshold=None
                )
            ) as connection:
                connection.execute(f"SET statement_timeout = {1000 * _TIMEOUT_S}".encode())
                owned = connection.execute(_STATE).fetchone()
                asked = connection.execute(_ASKED).fetchone()
        except psycopg.Error as error:
            raise OSError(" ".join(str(error).split())) from error
        assert owned is not None
        assert asked is not None
        return [
            ShardState(
                part=self.part,
                pid=pid,
                buckets=int(owned[0]),
                epoch=int(owned[1]),
                reads=int(asked[0]),
                writes=int(asked[1]),
            )
        ]


def shards_of(dsns: Sequence[str]) -> list[WatchedShard]:
    """Return the shards at these connection strings, numbered from 1."""
    return [WatchedShard(number, dsn) for number, dsn in enumerate(dsns, 1)]
