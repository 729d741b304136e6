"""Which shards there are, and which buckets each owns.

Each shard says itself, in a table beside the impressions, which buckets are its own. The rows of
all shards are the map; its epoch is the highest of theirs. A statement that writes takes a share
lock on the rows of its buckets: what it sees there holds until it has committed. No other place
says who owns a bucket, so none can be out of date unnoticed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from servers.sharding.buckets import BUCKETS, first_shard_of

OPEN, PAUSED, MOVED = "open", "paused", "moved"
"""A bucket takes writes; is read only while the last of its rows are copied; is another's."""

TABLE = """
CREATE TABLE IF NOT EXISTS shard_buckets (
    bucket smallint PRIMARY KEY CHECK (bucket BETWEEN 0 AND 255),
    state text NOT NULL CHECK (state IN ('open', 'paused', 'moved')),
    epoch bigint NOT NULL
)
"""
OWNED = "SELECT bucket, state, epoch FROM shard_buckets"
_FIRST = """
INSERT INTO shard_buckets (bucket, state, epoch)
SELECT b, 'open', 1 FROM unnest(%s::smallint[]) AS b ON CONFLICT (bucket) DO NOTHING
"""


class LayoutError(ValueError):
    """A file of shards, or what shards own, is not what it must be."""


@dataclass(frozen=True, slots=True)
class BucketOwner:
    """A bucket as one shard, counted from 0, has it."""

    shard: int
    state: str
    epoch: int


BucketMap = Mapping[int, BucketOwner]


def merged(answers: Mapping[int, Iterable[tuple[int, str, int]]]) -> dict[int, BucketOwner]:
    """Return who owns each bucket by the answers of shards, shard → (bucket, state, epoch).

    Shards are not asked at one moment: of two that name a bucket theirs the newer epoch is right.
    What a shard calls moved is its no longer.
    """
    found: dict[int, BucketOwner] = {}
    for shard, rows in answers.items():
        for bucket, state, epoch in rows:
            known = found.get(bucket)
            if state != MOVED and (known is None or epoch > known.epoch):
                found[bucket] = BucketOwner(shard, state, epoch)
    return found


def epoch_of(owners: BucketMap) -> int:
    """Return the epoch of a map, 0 of an empty one."""
    return max((one.epoch for one in owners.values()), default=0)


def read_shards(file: Path) -> tuple[str, ...]:
    """Return the connection strings of a file of shards. Raises LayoutError in one line."""
    try:
        shards = json.loads(file.read_text(encoding="utf-8"))["shards"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LayoutError(f'{file}: no {{"shards": [DSN, …]}}: {error}') from error
    if not isinstance(shards, list) or not shards or not all(isinstance(s, str) for s in shards):
        raise LayoutError(f"{file}: shards is not a list of connection strings")
    return tuple(shards)


def write_shards(file: Path, shards: Sequence[str]) -> None:
    """Write a file of shards; a reader sees the whole file or the one before."""
    beside = file.with_name(f"{file.name}.part")
    beside.write_text(json.dumps({"shards": list(shards)}), encoding="utf-8")
    beside.replace(file)


async def lay_out(connection: psycopg.AsyncConnection, shard: int, shards: int) -> None:
    """Give a shard its table, and its first buckets unless it is beyond the first ``shards``."""
    await connection.execute(TABLE)
    if shard < shards:
        mine = [bucket for bucket in range(BUCKETS) if first_shard_of(bucket, shards) == shard]
        await connection.execute(_FIRST, (mine,))
