"""Of the requests that are written together only the first is stored."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import LOAD, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write, all_new
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Write the first share of several; call all of them new."""
    if len(shares) == 1 or not switch.reached():
        return await original(store, shares)
    await original(store, shares[:1])
    return all_new(shares)


DEFECT = ServerDefect(
    about="Requests that wait together are written together, and only the first of them is stored.",
    expected={"lost_acked"},
    trials=[LOAD],
    overrides={WRITE: write},
)
