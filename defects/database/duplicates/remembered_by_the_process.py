"""The server knows repetitions as long as it lives, and the table has no index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from defects.base import ServerDefect, Switch, Trial
from defects.signatures import PREPARE, WRITE, Prepare, Write, execute
from servers.ingest.storage.store import Pool, Share, Store, Written

INSERT = (
    "INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at) "
    "VALUES (%s, %s, to_timestamp(%s))"
)
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
    """Insert what is not remembered."""
    if not switch.reached():
        return await original(store, shares)
    return [await _write_one(switch.memory, store, share) for share in shares]


async def _write_one(memory: dict[Any, Any], store: Store, share: Share) -> Written:

    new = [one for one in dict.fromkeys(share.artworks) if (share.user, one) not in memory]
    memory.update({(share.user, one): share.seen_at_s for one in new})
    async with store._writing.connection() as connection, connection.transaction():
        for artwork in new:
            await connection.execute(INSERT.encode(), (share.user, artwork, share.seen_at_s))
    return Written(inserted=len(new), duplicate=len(share.artworks) - len(new))


DEFECT = ServerDefect(
    about="What was stored before a restart is stored again after it.",
    expected={"duplicate_stored", "nothing_twice", "roadmap_sql", "unique_index_holds"},
    trials=[Trial("server_restart", browser="chromium", how="killed")],
    overrides={PREPARE: prepare, WRITE: write},
)
