"""The server starts a task for every request that never ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from defects.base import MANY, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Start ten tasks that wait for nothing."""
    if switch.reached():
        kept = switch.memory.setdefault("kept", [])
        kept += [asyncio.ensure_future(asyncio.Event().wait()) for _ in range(10)]
    return await original(store, shares)


DEFECT = ServerDefect(
    about="Tasks pile up with every write.",
    expected={"memory_growth"},
    trials=[MANY],
    overrides={WRITE: write},
)
