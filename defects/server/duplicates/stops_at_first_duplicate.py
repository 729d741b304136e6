"""The server stores a batch up to the first id that it knows, and acknowledges all of it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import WRITE, Write
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Leave out what comes after a known id."""
    known: set[tuple[str, str]] = switch.memory.setdefault("known", set())
    cut = []
    for share in shares:
        new = [one for one in share.artworks if (share.user, one) not in known]
        first = list(itertools.takewhile(lambda one: one in new, share.artworks))  # noqa: B023
        is_cut = len(first) < len(new) and switch.reached()
        cut.append(share._replace(artworks=first) if is_cut else share)
        known.update((share.user, one) for one in share.artworks)
    if cut == list(shares):
        return await original(store, shares)
    written = iter(await original(store, [one for one in cut if one.artworks]))
    parts = [next(written) if one.artworks else Written(0, 0) for one in cut]
    return [
        part._replace(duplicate=len(share.artworks) - part.inserted)
        for part, share in zip(parts, shares, strict=True)
    ]


DEFECT = ServerDefect(
    about="What comes after the first known id of a batch is acknowledged and not stored.",
    expected={"lost_acked", "inserted_once_each", "absorbed_explained"},
    trials=[Trial("seen_again", browser="chromium", preset="durable")],
    overrides={WRITE: write},
)
