"""The table is emptied when the server starts: a migration that runs each time."""

from __future__ import annotations

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import PREPARE, Prepare
from servers.ingest.storage.store import Pool, Store


async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
    """Empty the table."""
    await original(store, pool)
    async with pool.connection() as connection:
        cursor = await connection.execute(b"SELECT count(*) FROM user_art_impressions")
        counted = await cursor.fetchone()
        if counted and counted[0] and switch.reached():
            await connection.execute(b"TRUNCATE user_art_impressions")


DEFECT = ServerDefect(
    about="A restart of the server empties the table.",
    expected={"vanished"},
    trials=[Trial("server_restart", browser="chromium", how="killed")],
    overrides={PREPARE: prepare},
)
