"""What happens to a replica and its primary while a load is sent."""

from __future__ import annotations

import asyncio

from harness.core.clock import pause
from harness.faults.process.replica import PrimaryLost, ReplayPaused, ReplicaCutOff
from harness.ledger.kinds import NETWORK
from harness.run.run import Run

PAUSED_S, CUT_OFF_S = 5.0, 3.0


async def pause_replay(run: Run, loading: asyncio.Future[None]) -> None:
    """Let the replica repeat nothing for a while."""
    async with run.fault(ReplayPaused(run.context.site.replica_dsn)):
        await pause(PAUSED_S)


async def lose_primary(run: Run, loading: asyncio.Future[None]) -> None:
    """Cut the replica off, go on for a while, then crash the primary and promote the replica."""
    site = run.context.site
    network = run.context.ledger.witness(NETWORK)
    async with run.fault(ReplicaCutOff(site.replica_dsn)):
        await pause(CUT_OFF_S)
        async with run.fault(PrimaryLost(site.parts["database"], site.replica_dsn, network)):
            pass
