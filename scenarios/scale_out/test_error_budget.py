"""A month's faults in an hour: how much of the error budget of 99.99 % do they spend?"""

from __future__ import annotations

import asyncio

from harness.core.clock import pause
from harness.core.wait import wait_until
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.target.capabilities import Capability
from harness.target.reference.topologies import topology_of
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.common.delivery import exactly_once
from scenarios.load.arms import about_s, sends, workload_of
from scenarios.load.load_case import SETTLE_S
from scenarios.scale_out.queues import of_queue, patient
from scenarios.scale_out.schedules import EACH, SCHEDULES, moments_s

OBJECTIVE, WINDOW_DAYS, PATIENCE_S = 0.9999, 30.0, 2.0
BEGUN_S = 60.0


def _checks(arm: Arm) -> list[CheckSpec]:
    total, schedule = workload_of(arm).total, SCHEDULES[arm["topology"]]
    found = [
        *exactly_once(total),
        check("load_as_planned", impressions=total),
        check(
            "error_budget",
            objective=OBJECTIVE,
            window_days=WINDOW_DAYS,
            patience_s=PATIENCE_S,
            least_faults=len(schedule),
        ),
    ]
    return found + (of_queue("none") if topology_of(arm).is_queued else [])


@scenario(
    matrix="scale-out",
    arms=arms(topology=["balanced"], workload=["five-minutes"]),
    on_request=arms(topology=list(SCHEDULES), workload=["hour"]),
    needs=[],
    checks=_checks,
    conditions=sends,
    about_s=about_s,
    exclusive=True,
    controls={Capability.RESTARTABLE_SERVER, Capability.RESTARTABLE_DATABASE},
)
async def test_error_budget(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A month's faults happen in an hour, one after the other: what of the month's error budget of
    99.99 % do they spend, and is everything that was shown stored once?"""
    workload, schedule = patient(workload_of(cell.arm)), SCHEDULES[cell.arm["topology"]]
    async with start_run(cell) as run:
        loading = asyncio.ensure_future(run.load.send(workload))
        try:
            await wait_until("something is stored", run.witnesses.database.count, timeout_s=BEGUN_S)
            clock_s = asyncio.get_running_loop().time
            begun_s = clock_s()
            for due_s, fault in zip(
                moments_s(workload.duration_s, len(schedule)), schedule, strict=True
            ):
                await pause(max(0.0, begun_s + due_s - clock_s()))
                await EACH[fault](run, loading)
            await loading
        finally:
            loading.cancel()
        await run.settle(timeout_s=SETTLE_S)
    judge(run)
