"""A synchronous call blocks the event loop now and then."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from defects.base import LOAD, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write
from servers.ingest.storage.store import Share, Store, Written

WAIT_S = 1.0


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Block the loop before every fortieth write."""
    if switch.every(40) and switch.reached():
        threading.Event().wait(WAIT_S)
    return await original(store, shares)


DEFECT = ServerDefect(
    about="The event loop stands still for a second now and then.",
    expected={"latency_p99", "latency_worst", "latency_p95"},
    trials=[LOAD],
    overrides={WRITE: write},
)
