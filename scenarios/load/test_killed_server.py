"""A server that is killed under load: what it acknowledged must be there when it is back."""

from __future__ import annotations

import asyncio

from harness.core.clock import pause, seeded_random
from harness.core.wait import wait_until
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.common.delivery import exactly_once
from scenarios.load.arms import about_s, sends, workload_of
from scenarios.load.load_case import SETTLE_S

CALM_S = (1.5, 3.5)
"""How long the load goes on, once something of it is stored, before the server is killed: drawn, so
that it does not keep step with a server that writes at intervals."""
BEGUN_S = 60.0
AWAY_S = 2.0


def _kept_once(arm: Arm) -> list[CheckSpec]:
    total = workload_of(arm).total
    return [
        *exactly_once(total),
        check("load_as_planned", impressions=total),
        check("fault_was_live", lasting_s=AWAY_S),
    ]


@scenario(
    matrix="load",
    arms=[],
    on_request=arms(workload=["trickle"]),
    needs=[],
    checks=_kept_once,
    conditions=sends,
    about_s=about_s,
    controls={Capability.RESTARTABLE_SERVER},
)
async def test_killed_server(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The server is killed under load and starts again: is everything it acknowledged there?"""
    async with start_run(cell) as run:
        loading = asyncio.ensure_future(run.load.send(workload_of(cell.arm)))
        try:
            await wait_until("something is stored", run.witnesses.database.count, timeout_s=BEGUN_S)
            await pause(seeded_random(cell.seed, "killed server").uniform(*CALM_S))
            async with run.server.down(killed=True):
                await pause(AWAY_S)
            await loading
        finally:
            loading.cancel()
        await run.settle(timeout_s=SETTLE_S)
    judge(run)
