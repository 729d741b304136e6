"""One write in a hundred waits for a lock."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import LOAD, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write
from harness.core.clock import pause
from servers.ingest.storage.store import Share, Store, Written

WAIT_S = 1.5


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Wait before every hundredth write."""
    if switch.every(100) and switch.reached():
        await pause(WAIT_S)
    return await original(store, shares)


DEFECT = ServerDefect(
    about="One write in a hundred takes a second and a half.",
    expected={"latency_p99", "latency_worst"},
    trials=[LOAD],
    overrides={WRITE: write},
)
