"""The same impressions for every arm: what does each cost, and does each keep them?"""

from __future__ import annotations

from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.common.delivery import exactly_once
from scenarios.experiments.explain import keep_plan
from scenarios.load.arms import as_offered, sends, workload_of
from scenarios.load.load_case import SETTLE_S

_AROUND_S = 5.0
"""A stack's start, sign-ins, quiescence and the final read of a short load, as measured."""


def keeps_all(arm: Arm) -> list[CheckSpec]:
    """Return what makes a slot count: all was sent as planned, and all is stored once.

    No latency is judged: an experiment compares it, and a target's answer is another question.
    """
    total = workload_of(arm).total
    return [
        *exactly_once(total),
        check("load_as_planned", impressions=total),
        *as_offered(arm),
    ]


def about_s(arm: Arm) -> float:
    """Return how long a slot takes, about."""
    return workload_of(arm).duration_s + _AROUND_S


@scenario(
    matrix="experiments",
    arms=[],
    on_request=arms(workload=["steady"]),
    needs=[],
    checks=keeps_all,
    conditions=sends,
    about_s=about_s,
    exclusive=True,
)
async def test_paced_load(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The same impressions at the same pace: what does it cost?

    Where the table may be queried the load begins at a checkpoint, and with ready batches the plan
    of an insert of their size is kept: the roadmap's own query.
    """
    async with start_run(cell) as run:
        await run.database.checkpoint()
        await run.load.send(workload_of(cell.arm))
        await run.settle(timeout_s=SETTLE_S)
        has_table = Capability.TABLE in run.context.site.capabilities
        if has_table and (size := workload_of(cell.arm).batch):
            await keep_plan(run, size)
    judge(run)
