"""The table is not in the write-ahead log: a crash of PostgreSQL empties it."""

from __future__ import annotations

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import PREPARE, Prepare, execute
from servers.ingest.storage.store import Pool, Store


async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
    """Take the table out of the log."""
    await original(store, pool)
    if switch.reached():
        await execute(pool, "ALTER TABLE user_art_impressions SET UNLOGGED")


DEFECT = ServerDefect(
    about="A crash of PostgreSQL empties the table.",
    expected={"vanished"},
    trials=[Trial("database_restart", browser="chromium", how="crashed")],
    overrides={PREPARE: prepare},
)
