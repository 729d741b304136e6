"""The server inserts what comes, and asks about conflicts when the index has refused it."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import WRITE, Write, all_new
from defects.overrides.table import INSERT
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Insert without ON CONFLICT in one transaction; after a violation write as ever."""
    if not switch.reached():
        return await original(store, shares)
    rows = [(share.user, one, share.seen_at_s) for share in shares for one in share.artworks]
    try:
        async with store._writing.connection() as connection, connection.transaction():
            await connection.cursor().executemany(INSERT.encode(), rows)
    except psycopg.errors.UniqueViolation:
        return await original(store, shares)
    return all_new(shares)


DEFECT = ServerDefect(
    about="What is stored already violates the unique index before the server leaves it out.",
    expected={"no_violations"},
    trials=[Trial("five_tabs_at_once", browser="chromium", preset="durable")],
    overrides={WRITE: write},
)
