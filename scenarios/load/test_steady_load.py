"""Many sessions at an even pace, straight to the server."""

from __future__ import annotations

from harness.ledger.rundir import RunPlan
from scenarios.catalogue.declare import Judge, StartRun, arms, scenario
from scenarios.load.arms import about_s, fast_and_exact, sends
from scenarios.load.load_case import send_and_judge


@scenario(
    matrix="load",
    arms=[],
    on_request=arms(workload=["steady"]),
    needs=[],
    checks=fast_and_exact,
    conditions=sends,
    about_s=about_s,
    exclusive=True,
)
async def test_steady_load(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """100 sessions send 5,000 impressions in 30 s: is the server fast enough, and exact?"""
    await send_and_judge(cell, start_run, judge)
