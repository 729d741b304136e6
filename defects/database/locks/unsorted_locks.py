"""Writers take locks in the order in which ids were sent."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from defects.base import LOAD, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write
from servers.ingest.storage.store import Share, Store, Written

LOCK = "SELECT pg_sleep(0.005), pg_advisory_xact_lock(%s)"
LOCKED = 8
"""More would make a sound server slow: each lock takes its time."""
LOCKS = 16
"""So few that writes often meet: two that take the same two the other way round wait for ever."""


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Lock the first artworks, in order or not, for as long as the write takes."""
    artworks = [artwork for share in shares for artwork in share.artworks][:LOCKED]
    locks = list(dict.fromkeys(zlib.crc32(artwork.encode()) % LOCKS for artwork in artworks))
    defective = switch.reached()
    async with store._writing.connection() as connection, connection.transaction():
        for lock in locks if defective else sorted(locks):
            await connection.execute(LOCK.encode(), (lock,))
    return await original(store, shares)


DEFECT = ServerDefect(
    about="Two writes wait for each other until PostgreSQL breaks the deadlock, a second later.",
    expected={"latency_p95", "latency_p99", "latency_worst", "flush_success"},
    trials=[LOAD],
    chance=True,
    overrides={WRITE: write},
)
