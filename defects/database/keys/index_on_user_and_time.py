"""The unique index is over users and times."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import VISIT, ServerDefect, Switch
from defects.signatures import PREPARE, WRITE, Prepare, Write, execute
from servers.ingest.storage.store import Pool, Share, Store, Written

INDEX = "user_art_impressions_unique_user_artwork"


async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
    """Make the index unique over users and times."""
    await original(store, pool)
    if not switch.twin:
        named = "ON CONFLICT (user_id, artwork_id)"
        store.__dict__["insert_sql"] = store.insert_sql.replace(named, "ON CONFLICT")
        await execute(
            pool,
            f"DROP INDEX {INDEX}",
            f"CREATE UNIQUE INDEX {INDEX} ON user_art_impressions (user_id, viewed_at)",
        )


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Count what meets it."""
    switch.reached()
    return await original(store, shares)


DEFECT = ServerDefect(
    about="Of what arrives in one batch only one impression is stored.",
    expected={"lost_acked", "unique_index_holds"},
    trials=[VISIT],
    smoke=True,
    overrides={PREPARE: prepare, WRITE: write},
)
