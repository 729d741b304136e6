"""The server looks whether a row is there, and inserts it if not."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import ServerDefect, Switch, Trial
from defects.signatures import PREPARE, WRITE, Prepare, Write, execute
from servers.ingest.storage.store import Pool, Share, Store, Written

INSERT = (
    "INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at) "
    "VALUES (%s, %s, to_timestamp(%s))"
)
FIND = "SELECT 1 FROM user_art_impressions WHERE user_id = %s AND artwork_id = %s"
INDEX = "user_art_impressions_unique_user_artwork"


async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
    """Take the uniqueness out of the index."""
    await original(store, pool)
    if not switch.twin:
        await execute(
            pool,
            f"DROP INDEX {INDEX}",
            f"CREATE INDEX {INDEX} ON user_art_impressions (user_id, artwork_id)",
        )


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
    overrides={PREPARE: prepare, WRITE: write},
)
