"""A server that is away for a while under load: how do its clients come back?"""

from __future__ import annotations

import asyncio

from harness.core.clock import pause
from harness.core.wait import wait_until
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.run.run import Run
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.common.delivery import exactly_once
from scenarios.load.arms import sends, workload_of
from scenarios.load.load_case import SETTLE_S

AWAY_S = 6.0
CALM_S = 2.0
"""How long the load goes on before the server goes away."""
_DRAIN_S = 20.0
_AROUND_S = 6.0
_BEGUN_BYTES = 2_000


def keeps_all(arm: Arm) -> list[CheckSpec]:
    """Return what makes a slot count: all is stored once in the end, and the outage was real."""
    return [*exactly_once(workload_of(arm).total), check("fault_was_live", lasting_s=AWAY_S)]


def about_s(arm: Arm) -> float:
    """Return how long a slot takes, about."""
    return workload_of(arm).duration_s + _DRAIN_S + _AROUND_S


async def go_away(run: Run) -> None:
    """Have the server gone for ``AWAY_S`` once the load has been on for ``CALM_S``."""
    receipts = run.context.site.receipts
    await wait_until(
        "the load has begun", lambda: receipts.stat().st_size > _BEGUN_BYTES, timeout_s=60
    )
    await pause(CALM_S)
    async with run.server.down(killed=False):
        await pause(AWAY_S)


@scenario(
    matrix="experiments",
    arms=[],
    on_request=arms(workload=["steady"]),
    needs=[],
    checks=keeps_all,
    conditions=sends,
    about_s=about_s,
    exclusive=True,
    controls={Capability.RESTARTABLE_SERVER, Capability.RECEIPTS, Capability.TABLE},
)
async def test_outage_load(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The server is away for six seconds under load: how long until all is stored, how steeply?"""
    async with start_run(cell) as run:
        await run.database.checkpoint()
        loading = asyncio.ensure_future(run.load.send(workload_of(cell.arm)))
        try:
            await go_away(run)
            await loading
        finally:
            loading.cancel()
        await run.settle(timeout_s=SETTLE_S)
    judge(run)
