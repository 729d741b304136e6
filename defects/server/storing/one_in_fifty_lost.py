"""The server loses one write in fifty: an error that is caught and forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import LOAD, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write, all_new
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Leave out every fiftieth write."""
    if not switch.every(50) or not switch.reached():
        return await original(store, shares)
    return all_new(shares)


DEFECT = ServerDefect(
    about="One write in fifty is acknowledged and not stored.",
    expected={"lost_acked"},
    trials=[LOAD],
    overrides={WRITE: write},
)
