"""The server answers success and stores nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from defects.base import VISIT, ServerDefect, Switch
from servers.ingest.storage.store import Share, Store, Written

Write = Callable[[Store, Sequence[Share]], Awaitable[list[Written]]]


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Call every id new; there is no INSERT."""
    if not switch.reached():
        return await original(store, shares)
    return [Written(inserted=len(share.artworks), duplicate=0) for share in shares]


DEFECT = ServerDefect(
    about="Every batch is acknowledged and none is stored.",
    expected={"lost_acked"},
    trials=[VISIT],
    smoke=True,
    overrides={"servers.ingest.storage.store:Store.write": write},
)
