"""Which variant a user gets: the same one always, and independent of every other experiment.

The position is taken from HMAC-SHA-256 of the user under the experiment's own salt. A bare hash of
the user would put the same users together in every experiment, and into the same shards that the
same hash deals out: a shard would then hold users of one variant alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

_BYTES = 8


def position(salt: str, user: str) -> float:
    """Return where the user stands, from 0 up to, not including, 1."""
    digest = hmac.digest(salt.encode(), user.encode(), hashlib.sha256)
    # 53 bits are what a float holds exactly: more would round up to 1.
    return (int.from_bytes(digest[:_BYTES]) >> 11) / (1 << 53)


def choose(salt: str, user: str, shares: Iterable[tuple[str, float]]) -> str:
    """Return the name among (name, share) that the user's position falls on.

    Shares need not sum to 1; one of zero gets no user. Raises ValueError without a positive share.
    """
    held = [(name, share) for name, share in shares if share > 0]
    if not held:
        raise ValueError("no share is above zero")
    left = position(salt, user) * sum(share for _, share in held)
    for name, share in held:
        left -= share
        if left < 0:
            return name
    return held[-1][0]  # what rounding left over
