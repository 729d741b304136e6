"""Batches that arrive twice: after their answer was lost, and at the same moment."""

from __future__ import annotations

from harness.core.errors import HarnessError
from harness.faults.request.answers import AckLost
from harness.faults.request.copies import SentTwice
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.common.delivery import exactly_once
from scenarios.load.arms import about_s, sends, workload_of
from scenarios.load.load_case import SETTLE_S

LOST = 20
TWICE = 20


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


@scenario(
    matrix="load",
    arms=[],
    on_request=arms(workload=["trickle"]),
    needs=[],
    checks=_kept_once,
    conditions=sends,
    about_s=about_s,
)
async def test_sent_twice_at_once(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Twenty batches of a load arrive twice at the same moment: is each view stored once?

    Both copies are in the server's hands before it has the whole of either. A system that promises
    at-least-once delivery may store both; one that promises at-most-once is never sent a batch
    twice, so nothing is asked of it.
    """
    async with start_run(cell) as run:
        if not run.system.promise.resends:
            raise HarnessError(
                "a system that promises at-most-once delivery is never sent a batch twice"
            )
        gateway = await run.network.gateway()
        async with run.fault(SentTwice(gateway, times=TWICE)):
            await run.load.send(workload_of(cell.arm), through=gateway.url)
        await run.settle(timeout_s=SETTLE_S)
    judge(run)
