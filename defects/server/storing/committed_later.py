"""The server acknowledges and commits seconds later; what waits when it stops is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import WRITE, Write, all_new
from harness.core.clock import pause
from servers.ingest.storage.store import Share, Store, Written

COMMIT_EVERY_S = 3.0


async def _commit_later(original: Write, store: Store, waiting: list[Share]) -> None:
    while True:
        await pause(COMMIT_EVERY_S)
        if waiting:
            group, waiting[:] = list(waiting), []
            await original(store, group)


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Keep the shares in memory; call all of them new."""
    if not switch.reached():
        return await original(store, shares)
    waiting: list[Share] = switch.memory.setdefault("waiting", [])
    waiting += shares
    if "timer" not in switch.memory:
        switch.memory["timer"] = asyncio.create_task(_commit_later(original, store, waiting))
    return all_new(shares)


DEFECT = ServerDefect(
    about="Writes are acknowledged at once, committed every three seconds, and lost by a stop.",
    expected={"lost_acked", "acks_after_commit", "conservation"},
    trials=[Trial("server_restart", browser="chromium", how="drained")],
    overrides={WRITE: write},
)
