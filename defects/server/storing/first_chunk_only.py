"""The server stores the first five ids of a batch and forgets the rest."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write, all_new
from servers.ingest.storage.store import Share, Store, Written

CHUNK = 5


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Write the first chunk of each share; call all of it new."""
    if all(len(share.artworks) <= CHUNK for share in shares) or not switch.reached():
        return await original(store, shares)
    await original(store, [share._replace(artworks=share.artworks[:CHUNK]) for share in shares])
    return all_new(shares)


DEFECT = ServerDefect(
    about="Of a batch only the first chunk is stored; all of it is acknowledged.",
    expected={"lost_acked"},
    trials=[VISIT],
    overrides={WRITE: write},
)
