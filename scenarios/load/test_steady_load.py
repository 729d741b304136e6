"""Many sessions at an even pace, straight to the server."""

from __future__ import annotations

from harness.rundir import RunPlan
from scenarios.declare import Judge, StartRun, arms, check, scenario
from scenarios.delivery import exactly_once
from scenarios.workloads.catalogue import entry

STEADY = entry("steady").with_wishes({})


@scenario(
    matrix="load",
    arms=arms(workload=["steady"]),
    needs=[],
    checks=[
        *exactly_once(STEADY.total),
        check("load_as_planned", impressions=STEADY.total),
        check("latency_p95", limit_ms=100),
        check("flush_success", minimum=0.995),
    ],
    about_s=40,
    exclusive=True,
)
async def test_steady_load(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """100 sessions send 5,000 impressions in 30 s: is the server fast enough, and exact?"""
    async with start_run(cell) as run:
        await run.load(STEADY)
        await run.settle()
    judge(run)
