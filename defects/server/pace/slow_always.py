"""Every write takes a fifth of a second: an index is missing."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import LOAD, ServerDefect, Switch, Trial
from defects.overrides.signatures import WRITE, Write
from harness.core.clock import pause
from servers.ingest.storage.store import Share, Store, Written

WAIT_S = 0.2


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Wait before every write."""
    if True and switch.reached():
        await pause(WAIT_S)
    return await original(store, shares)


DEFECT = ServerDefect(
    about="Every write takes a fifth of a second more.",
    expected={"latency_p95", "sustains"},
    # Two steps: one below the rate that is asked for, which fails, and one above, by which the twin
    # passes.
    trials=[LOAD, Trial("knee", workload="knee", rate="1300", duration="26", sessions="2000")],
    overrides={WRITE: write},
)
