"""Buckets of users: the roadmap's hash (7.2), cut finer than the shards so that parts can move.

The roadmap takes the first eight hexadecimal digits of MD5 modulo 4. Modulo 256 is the fourth byte,
and what that is modulo 4 is the roadmap's shard: the shards begin exactly where the roadmap has
them. In SQL it is two functions without a cast, which the row filter of a publication may use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

BUCKETS = 256
NAMES_SQL = "substr(md5({user}), 7, 2)"
"""The SQL of a user's bucket as two hexadecimal digits; ``{user}`` is the column."""


def bucket_of(user: str) -> int:
    """Return a user's bucket, 0 to 255."""
    digest = hashlib.md5(user.encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % BUCKETS


def name_of(bucket: int) -> str:
    """Return a bucket as SQL names it: two hexadecimal digits."""
    return f"{bucket:02x}"


def first_shard_of(bucket: int, shards: int) -> int:
    """Return the shard, from 0, on which a bucket lies where nothing was moved."""
    return bucket % shards


def is_in(column: str, buckets: Iterable[int]) -> str:
    """Return the SQL condition that a user column is of one of the buckets, without a cast."""
    name = NAMES_SQL.format(user=column)
    return " OR ".join(f"{name} = '{name_of(bucket)}'" for bucket in sorted(buckets)) or "false"
