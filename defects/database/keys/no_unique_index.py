"""The table has no unique index, and the INSERT no ON CONFLICT."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.storage.store import Pool, Share, Store, Written

INDEX = "user_art_impressions_unique_user_artwork"
INSERT = (
    "INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at) "
    "VALUES (%s, %s, to_timestamp(%s))"
)
Write = Callable[[Store, Sequence[Share]], Awaitable[list[Written]]]


async def prepare(
    switch: Switch, original: Callable[[Store, Pool], Awaitable[None]], store: Store, pool: Pool
) -> None:
    """Put an index that is not unique in the place of the unique one."""
    await original(store, pool)
    if not switch.twin:
        async with pool.connection() as connection:
            await connection.execute(f"DROP INDEX IF EXISTS {INDEX}".encode())
            await connection.execute(
                f"CREATE INDEX {INDEX} ON user_art_impressions (user_id, artwork_id)".encode()
            )


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Store every id of every request, whether the table has it or not."""
    if not switch.reached():
        return await original(store, shares)
    async with store._writing.connection() as connection, connection.transaction():
        for share in shares:
            for artwork in share.artworks:
                await connection.execute(INSERT, (share.user, artwork, share.seen_at_s))
    return [Written(inserted=len(share.artworks), duplicate=0) for share in shares]


DEFECT = ServerDefect(
    about="Without a unique index a batch that is sent again is stored again.",
    expected={"duplicate_stored", "nothing_twice", "roadmap_sql", "unique_index_holds"},
    trials=[Trial("answer_lost", browser="chromium")],
    overrides={
        "servers.ingest.storage.store:Store.prepare": prepare,
        "servers.ingest.storage.store:Store.write": write,
    },
)
