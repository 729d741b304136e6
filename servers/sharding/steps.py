"""The steps by which buckets move from one shard to another, each a change on one of the two.

    publish   source  the rows of the buckets are published, by a filter of a publication
    reserve   source  a slot keeps the log from here on, until the target has read it
    copy      target  a subscription copies them, and keeps up with what is still written
    pause     source  one bucket takes no more writes: who writes now has committed before
    catch up  target  all that was written up to the source's log position of then is there
    leave     source  the bucket is the source's no longer
    switch    target  it is the target's, under the next epoch
    clean up  both    the subscription ends, and the source's rows of the buckets are removed

A subscription that makes its own slot waits within a transaction of the target for all transactions
of the source to end: two moves in opposite directions then wait for each other for ever, which no
cluster can see. So the slot comes first.

Between ``pause`` and ``switch`` only that one bucket waits. A mover that dies before ``leave`` has
changed nothing that matters, and what it did is undone; after it all rows are on the target, and
what is left is done. What the two shards say tells which.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from servers.sharding.buckets import is_in
from servers.sharding.layout import MOVED, OPEN, PAUSED

NAME = "bucket_move"
"""The publication, the subscription and its slot; the numbers of both shards follow."""
RESERVED_S, COPIED_S, CAUGHT_UP_S = 60.0, 600.0, 30.0
_LOOK_S = 0.005
TABLE = "user_art_impressions"

_IS_COPIED = """
SELECT count(*) > 0 AND bool_and(srsubstate = 'r') FROM pg_subscription_rel r
JOIN pg_subscription s ON s.oid = r.srsubid WHERE s.subname = %s
"""
_POSITION = "SELECT pg_logical_emit_message(true, 'bucket mover', '')::text"
"""A message of its own, since its commit writes the log to the disk up to here: what follows the
last commit, as a vacuum's records, would be sent only with the next one."""
_OLDEST = """
SELECT pid, application_name, extract(epoch FROM now() - xact_start) FROM pg_stat_activity
WHERE backend_xid IS NOT NULL ORDER BY xact_start LIMIT 1
"""
_REACHED = """
SELECT coalesce(bool_and(flush_lsn >= %s::pg_lsn), false) FROM pg_stat_replication
WHERE application_name = %s
"""
"""On the target's disk, not only repeated: its crash right after the switch must lose nothing."""
_STATE = "UPDATE shard_buckets SET state = %s WHERE bucket = %s AND state = %s"
_TAKE = """
INSERT INTO shard_buckets (bucket, state, epoch) VALUES (%s, 'open', %s)
ON CONFLICT (bucket) DO UPDATE SET state = 'open', epoch = excluded.epoch
"""


class MoveError(Exception):
    """A step could not be done; nothing of a user's is in danger."""


@dataclass(frozen=True, slots=True)
class ShardSession:
    """A shard by its number from 0: a connection as its owner, and how others connect to it."""

    number: int
    connection: psycopg.Connection[Any]
    dsn: str = field(repr=False)
    upstream: str = field(repr=False)

    def ask(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return the rows of a statement, which is its own transaction."""
        cursor = self.connection.execute(query.encode(), parameters or None)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def connected(number: int, dsn: str, upstream: str) -> Iterator[ShardSession]:
    """Yield a session with a shard that prepares nothing. Raises psycopg.Error."""
    with psycopg.connect(
        dsn, autocommit=True, prepare_threshold=None, application_name="bucket mover"
    ) as connection:
        yield ShardSession(number, connection, dsn, upstream)


@contextmanager
def connected_again(shard: ShardSession) -> Iterator[ShardSession]:
    """Yield another session with the same shard, whose statements wait for none of the first."""
    with connected(shard.number, shard.dsn, shard.upstream) as session:
        yield session


def publish(source: ShardSession, target: ShardSession, buckets: Iterable[int]) -> None:
    """Publish the rows of the buckets, of inserts alone: rows are never changed."""
    where = is_in("user_id", buckets)
    source.ask(
        f"CREATE PUBLICATION {name_of_move(source, target)} FOR TABLE {TABLE} WHERE ({where}) "
        "WITH (publish = 'insert')"
    )


def reserve(source: ShardSession, target: ShardSession) -> None:
    """Let the source keep its log for the target.

    It begins where all transactions of the source that now write have ended. Raises MoveError with
    the oldest one when they do not.
    """
    try:
        with source.connection.transaction():
            source.connection.execute(f"SET LOCAL statement_timeout = '{RESERVED_S:g}s'".encode())
            source.ask(
                "SELECT pg_create_logical_replication_slot(%s, 'pgoutput')",
                name_of_move(source, target),
            )
    except psycopg.errors.QueryCanceled:
        oldest = "; ".join(
            f"process {pid} ({name or 'no name'}) has written for {seconds:.0f} s"
            for pid, name, seconds in source.ask(_OLDEST)
        )
        raise MoveError(
            f"not within {RESERVED_S:g} s: all who write to shard {source.number + 1} end their "
            f"transactions: {oldest or 'they have ended since'}"
        ) from None


def copy(source: ShardSession, target: ShardSession) -> None:
    """Copy what is published, and go on with what is written; returns when all is copied."""
    name = name_of_move(source, target)
    # Without waiting for the disk at each commit it would be some hundred milliseconds behind.
    statement = sql.SQL(
        "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {} "
        "WITH (create_slot = false, synchronous_commit = 'on')"
    ).format(sql.Identifier(name), sql.Literal(source.upstream), sql.Identifier(name))
    target.connection.execute(statement)
    _until(lambda: target.ask(_IS_COPIED, name) == [(True,)], COPIED_S, "the rows are copied")


def pause(source: ShardSession, bucket: int) -> None:
    """Let a bucket take no more writes; returns when those under way have committed."""
    _change(source, bucket, OPEN, PAUSED)


def catch_up(source: ShardSession, target: ShardSession) -> str:
    """Return the source's log position of now, once the target has all that is before it."""
    [(position,)] = source.ask(_POSITION)
    name = name_of_move(source, target)
    _until(
        lambda: source.ask(_REACHED, position, name) == [(True,)],
        CAUGHT_UP_S,
        f"{name} has on its disk what was written before {position}",
    )
    return str(position)


def leave(source: ShardSession, bucket: int) -> None:
    """Give a paused bucket away: from here there is no way back."""
    _change(source, bucket, PAUSED, MOVED)


def switch(target: ShardSession, bucket: int, epoch: int) -> None:
    """Let the target own a bucket that has left its source."""
    target.ask(_TAKE, bucket, epoch)


def resume(source: ShardSession, bucket: int) -> None:
    """Let a paused bucket take writes again where it was."""
    _change(source, bucket, PAUSED, OPEN)


def end_copying(source: ShardSession, target: ShardSession) -> None:
    """End the subscription and its slots, as far as there are any; of no other move."""
    name = name_of_move(source, target)
    found = target.ask("SELECT oid::text FROM pg_subscription WHERE subname = %s", name)
    if found:
        target.ask(f"ALTER SUBSCRIPTION {name} DISABLE")
    # The slots go first: while the subscription is there, its number tells which are its own.
    _drop_slots(source, name, *(f"pg_{oid}_sync_%" for (oid,) in found))
    if found:
        # Without its slot it is gone for good, whether or not the source has made one.
        target.ask(f"ALTER SUBSCRIPTION {name} SET (slot_name = NONE)")
        target.ask(f"DROP SUBSCRIPTION {name}")


def unpublish(source: ShardSession, target: ShardSession) -> None:
    """Drop the publication, the last trace of a move: until then it can be put right."""
    source.ask(f"DROP PUBLICATION IF EXISTS {name_of_move(source, target)}")


def remove_rows(shard: ShardSession, buckets: Iterable[int]) -> int:
    """Remove the rows of buckets that are another shard's; return their number."""
    where = is_in("user_id", buckets)
    cursor = shard.connection.execute(f"DELETE FROM {TABLE} WHERE {where}".encode())  # noqa: S608
    return cursor.rowcount


def forget(source: ShardSession, bucket: int) -> None:
    """Remove the note that a bucket has left: its rows are gone."""
    source.ask("DELETE FROM shard_buckets WHERE bucket = %s AND state = 'moved'", bucket)


def targets_of(source: ShardSession) -> list[int]:
    """Return the shards for which something is, or was, published."""
    names = source.ask("SELECT pubname FROM pg_publication WHERE pubname LIKE 'bucket_move_%%'")
    return [int(name.rpartition("_")[2]) for (name,) in names]


def name_of_move(source: ShardSession, target: ShardSession) -> str:
    """Return what the publication, the subscription and its slot are called."""
    return f"{NAME}_{source.number}_{target.number}"


def is_copying(source: ShardSession, target: ShardSession) -> bool:
    """Return whether the target still receives what the source publishes."""
    name = name_of_move(source, target)
    return bool(target.ask("SELECT 1 FROM pg_subscription WHERE subname = %s", name))


def _drop_slots(source: ShardSession, *patterns: str) -> None:
    """Drop slots, once those who read from them have let them go."""
    slots = (
        "SELECT slot_name FROM pg_replication_slots WHERE database = current_database() "
        "AND slot_name LIKE ANY (%s)"
    )
    own = list(patterns)
    _until(lambda: not source.ask(f"{slots} AND active", own), CAUGHT_UP_S, "the slots are let go")
    for (slot,) in source.ask(slots, own):
        source.ask("SELECT pg_drop_replication_slot(%s)", slot)


def _change(shard: ShardSession, bucket: int, was: str, is_now: str) -> None:
    cursor = shard.connection.execute(_STATE.encode(), (is_now, bucket, was))
    if cursor.rowcount != 1:
        raise MoveError(f"bucket {bucket} is not {was} on shard {shard.number + 1}")


def _until(is_so: Any, timeout_s: float, fact: str) -> None:
    """Wait for a fact. Raises MoveError when it does not come about in time."""
    ends_s = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > ends_s:
            raise MoveError(f"not within {timeout_s:g} s: {fact}")
        time.sleep(_LOOK_S)  # noqa: TID251 - a shard tells no one how far it is
