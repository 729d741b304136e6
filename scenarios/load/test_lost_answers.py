"""Answers that are lost on their way: clients send again what is stored already."""

from __future__ import annotations

from harness.faults.request.answers import AckLost
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.common.delivery import exactly_once
from scenarios.load.arms import about_s, sends, workload_of
from scenarios.load.load_case import SETTLE_S

LOST = 20


def _kept_once(arm: Arm) -> list[CheckSpec]:
    total = workload_of(arm).total
    return [
        *exactly_once(total),
        check("load_as_planned", impressions=total),
    ]


@scenario(
    matrix="load",
    arms=[],
    on_request=arms(workload=["trickle"]),
    needs=[],
    checks=_kept_once,
    conditions=sends,
    about_s=about_s,
)
async def test_lost_answers(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Twenty answers to a load get lost and their batches are sent again: is each view stored once?

    A system that promises at-least-once delivery may store it twice.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(AckLost(gateway, times=LOST)):
            await run.load.send(workload_of(cell.arm), through=gateway.url)
        await run.settle(timeout_s=SETTLE_S)
    judge(run)
