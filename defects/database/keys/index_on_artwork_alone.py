"""The unique index has one column: who saw it does not matter."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import LOAD, ServerDefect, Switch
from defects.signatures import PREPARE, WRITE, Prepare, Write, execute
from servers.ingest.storage.store import Pool, Share, Store, Written

INDEX = "user_art_impressions_unique_user_artwork"


async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
    """Make the index unique over artworks alone."""
    await original(store, pool)
    if not switch.twin:
        named = "ON CONFLICT (user_id, artwork_id)"
        store.__dict__["insert_sql"] = store.insert_sql.replace(named, "ON CONFLICT")
        await execute(
            pool,
            f"DROP INDEX {INDEX}",
            f"CREATE UNIQUE INDEX {INDEX} ON user_art_impressions (artwork_id)",
        )


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Count what meets it."""
    switch.reached()
    return await original(store, shares)


DEFECT = ServerDefect(
    about="Of everyone who sees an artwork only the first is stored.",
    expected={"lost_acked", "unique_index_holds"},
    trials=[LOAD],
    overrides={PREPARE: prepare, WRITE: write},
)
