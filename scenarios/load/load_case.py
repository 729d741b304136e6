"""A case of the load matrix: send what the arm names, let it settle, judge."""

from __future__ import annotations

from harness.ledger.rundir import RunPlan
from scenarios.catalogue.declare import Judge, StartRun
from scenarios.load.arms import workload_of

SETTLE_S = 120.0


async def send_and_judge(
    cell: RunPlan, start_run: StartRun, judge: Judge, *, settle_s: float = SETTLE_S
) -> None:
    """Send the workload that the cell's arm names, wait up to ``settle_s`` for quiet, and judge."""
    async with start_run(cell) as run:
        await run.load.send(workload_of(cell.arm))
        await run.settle(timeout_s=settle_s)
    judge(run)
