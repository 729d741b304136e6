"""The table has no unique index, and the INSERT no ON CONFLICT."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import PREPARE, WRITE, Write
from defects.overrides.table import INSERT, not_unique
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Store every id of every request, whether the table has it or not."""
    if not switch.reached():
        return await original(store, shares)
    async with store._writing.connection() as connection, connection.transaction():
        for share in shares:
            for artwork in share.artworks:
                await connection.execute(INSERT.encode(), (share.user, artwork, share.seen_at_s))
    return [Written(inserted=len(share.artworks), duplicate=0) for share in shares]


DEFECT = ServerDefect(
    about="Without a unique index a batch that is sent again is stored again.",
    expected={"duplicate_stored", "nothing_twice", "roadmap_sql", "unique_index_holds"},
    trials=[Trial("answer_lost", browser="chromium")],
    overrides={PREPARE: not_unique, WRITE: write},
)
