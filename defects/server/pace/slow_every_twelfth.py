"""One write in twelve takes half a second."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import LOAD, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write
from harness.core.clock import pause
from servers.ingest.storage.store import Share, Store, Written

WAIT_S = 0.5


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Wait before every twelfth write."""
    if switch.every(12) and switch.reached():
        await pause(WAIT_S)
    return await original(store, shares)


DEFECT = ServerDefect(
    about="One write in twelve takes half a second.",
    expected={"latency_p95", "latency_p99"},
    trials=[LOAD],
    overrides={WRITE: write},
)
