"""A repetition overwrites the time at which an artwork was first seen."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import WRITE, Write
from servers.ingest.storage.store import Share, Store, Written

LATER = (
    "UPDATE user_art_impressions SET viewed_at = now() WHERE user_id = %s AND artwork_id = ANY(%s)"
)


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Write the time again where nothing was new."""
    written = await original(store, shares)
    for share, part in zip(shares, written, strict=True):
        if part.duplicate and switch.reached():
            async with store._writing.connection() as connection:
                await connection.execute(LATER.encode(), (share.user, list(share.artworks)))
    return written


DEFECT = ServerDefect(
    about="The time of an impression is that of its last repetition.",
    expected={"corrupt", "nothing_corrupt"},
    trials=[Trial("answer_lost", browser="chromium")],
    overrides={WRITE: write},
)
