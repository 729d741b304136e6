"""The server looks whether a row is there, and inserts it if not."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import PREPARE, WRITE, Write
from defects.overrides.table import INSERT, not_unique
from servers.ingest.storage.store import Share, Store, Written

FIND = "SELECT 1 FROM user_art_impressions WHERE user_id = %s AND artwork_id = %s"


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Look for each row in one transaction, and insert what is missing in another."""
    if not switch.reached():
        return await original(store, shares)
    return [await _write_one(store, share) for share in shares]


async def _write_one(store: Store, share: Share) -> Written:
    artworks = list(dict.fromkeys(share.artworks))
    async with store._writing.connection() as connection:
        missing = []
        for artwork in artworks:
            found = await connection.execute(FIND.encode(), (share.user, artwork))
            if await found.fetchone() is None:
                missing.append(artwork)
        for artwork in missing:
            await connection.execute(INSERT.encode(), (share.user, artwork, share.seen_at_s))
    return Written(inserted=len(missing), duplicate=len(share.artworks) - len(missing))


DEFECT = ServerDefect(
    about="Two requests at once find that a row is missing, and both insert it.",
    expected={"duplicate_stored", "unique_index_holds"},
    trials=[Trial("five_tabs_at_once", browser="chromium")],
    chance=True,
    overrides={PREPARE: not_unique, WRITE: write},
)
