"""The server loses the last id of every batch: a loop that ends one too early."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import LOAD, ServerDefect, Switch, Trial
from defects.overrides.signatures import WRITE, Write, all_new
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Write all but the last id of each share; call all of it new."""
    if not switch.reached():
        return await original(store, shares)
    kept = [share._replace(artworks=share.artworks[:-1]) for share in shares]
    await original(store, [share for share in kept if share.artworks])
    return all_new(shares)


DEFECT = ServerDefect(
    about="The last id of every batch is acknowledged and not stored.",
    expected={"lost_acked", "only_erased_lost"},
    trials=[LOAD, Trial("storage_cleared_after_close", browser="chromium", preset="durable")],
    overrides={WRITE: write},
)
