"""The server keeps every key that it has seen, in case it comes again."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import MANY, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Keep all keys, as long texts."""
    if switch.reached():
        kept = switch.memory.setdefault("kept", [])
        kept += [
            f"{share.user}/{artwork}".ljust(200) for share in shares for artwork in share.artworks
        ]
    return await original(store, shares)


DEFECT = ServerDefect(
    about="The memory of the server grows with every impression.",
    expected={"memory_growth"},
    trials=[MANY],
    overrides={WRITE: write},
)
