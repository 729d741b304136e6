"""Which bucket of users a user is in, by the roadmap's hash: the harness's own arithmetic of it.

What the target says of where its rows belong is never taken from the target.
"""

from __future__ import annotations

import hashlib

BUCKETS = 256
OWNED_SQL = "SELECT bucket, state, epoch FROM shard_buckets"
OPEN, MOVED = "open", "moved"


def bucket_of(user: str) -> int:
    """Return a user's bucket, 0 to 255."""
    digest = hashlib.md5(user.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4]) % BUCKETS
