"""One write of the whole run hangs for eight seconds."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import LOAD, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write
from harness.core.clock import pause
from servers.ingest.storage.store import Share, Store, Written

WAIT_S = 8.0


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Wait long before one write."""
    if switch.once(60) and switch.reached():
        await pause(WAIT_S)
    return await original(store, shares)


DEFECT = ServerDefect(
    about="A single write hangs for eight seconds.",
    expected={"latency_worst", "latency_p99"},
    trials=[LOAD],
    overrides={WRITE: write},
)
