"""The server answers success and stores nothing."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write, all_new
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Call every id new; there is no INSERT."""
    if not switch.reached():
        return await original(store, shares)
    return all_new(shares)


DEFECT = ServerDefect(
    about="Every batch is acknowledged and none is stored.",
    expected={"lost_acked"},
    trials=[VISIT],
    smoke=True,
    overrides={WRITE: write},
)
