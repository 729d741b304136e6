"""Many sessions at a workload's pace, straight to the server."""

from __future__ import annotations

from harness.ledger.rundir import RunPlan
from scenarios.catalogue.declare import Judge, StartRun, arms, scenario
from scenarios.load.arms import about_s, fast_and_exact, sends
from scenarios.load.load_case import send_and_judge


@scenario(
    matrix="load",
    arms=arms(workload=["roadmap"]),
    on_request=arms(
        workload=[
            "roadmap-threes",
            "scale",
            "scale-50",
            "scale-100",
            "scale-200",
            "scale-500",
            "million",
            "spike",
            "soak",
            "hour",
            "five-minutes",
        ]
    ),
    needs=[],
    checks=fast_and_exact,
    conditions=sends,
    about_s=about_s,
    exclusive=True,
)
async def test_many_sessions(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Many sessions send impressions at the workload's pace: is the server fast enough, and exact?

    The roadmap's own numbers are run with the matrix; the others when they are named.
    """
    await send_and_judge(cell, start_run, judge)
