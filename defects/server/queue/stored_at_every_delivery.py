"""A worker stores what it is delivered, whether it is stored already or not."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import Switch, WorkerDefect
from defects.overrides.queue import WORKERS, queued
from defects.overrides.signatures import PREPARE, WRITE, Write, all_new
from defects.overrides.table import INSERT, not_unique
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Insert every id anew."""
    if not switch.reached():
        return await original(store, shares)
    async with store._writing.connection() as connection, connection.transaction():
        for share in shares:
            for artwork in share.artworks:
                await connection.execute(INSERT.encode(), (share.user, artwork, share.seen_at_s))
    return all_new(shares)


DEFECT = WorkerDefect(
    about="A message that is delivered twice is stored twice.",
    expected={"duplicate_stored", "nothing_twice", "roadmap_sql", "unique_index_holds"},
    trials=[queued("worker_killed_before_ack")],
    overrides={PREPARE: not_unique, WRITE: write},
    program=WORKERS,
)
