"""A locustfile of the user's own, that the target file names."""

from __future__ import annotations

from harness.ledger.rundir import RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.load.load_case import SETTLE_S


@scenario(
    matrix="load",
    arms=[],
    on_request=arms(sender=["locustfile"]),
    needs=[],
    checks=[check("nothing_lost"), check("nothing_twice"), check("nothing_unshown")],
    about_s=60,
    controls={Capability.LOCUSTFILE},
)
async def test_own_locustfile(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A locustfile of yours sends to your system: is what was acknowledged stored, and once?"""
    async with start_run(cell) as run:
        await run.load.send_own()
        await run.settle(timeout_s=SETTLE_S)
    judge(run)
