"""The server stores every impression for another user."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Store each share for one and the same user."""
    if not switch.reached():
        return await original(store, shares)
    return await original(store, [share._replace(user="another") for share in shares])


DEFECT = ServerDefect(
    about="Every impression is stored for another user.",
    expected={"lost_acked", "phantom"},
    trials=[VISIT],
    overrides={WRITE: write},
)
