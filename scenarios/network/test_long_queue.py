"""A queue as long as a museum: thousands of views wait for the line."""

from __future__ import annotations

from harness.ledger.rundir import RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.visit import finish, long_ids
from scenarios.network.network_case import network_case, recovery_s

VIEWS, AT_ONCE = 3_000, 100
ID_BYTES = 24
IN_FLIGHT = 200
"""A batch that is under way is not in the queue."""
RECOVERY_S = recovery_s(30.0)
"""Showing them takes less than half a minute, and so long is the line dead at most."""


@network_case(
    views=VIEWS,
    checks=[
        check("fault_was_live", lasting_s=1, felt_least=1),
        check("queue_peaked", least=VIEWS - IN_FLIGHT),
        check("in_time", within_s=RECOVERY_S),
        check("one_in_flight"),
    ],
    presets=["durable"],
    networks=["toxiproxy"],
    about_s=45,
    sent_by=["page", "heir"],
    controls={Capability.FREE_IDS},
)
async def test_long_queue(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """3,000 artworks are seen while the line is dead: is each of them kept, and sent afterwards?

    A queue with a bound that drops what is oldest, or what comes last, loses views here only.
    ``sent_by``: whether the page sends them itself, or is closed before the line is back and leaves
    its batches, many at once, to the next visit.
    """
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab()
        ids = long_ids(run, VIEWS, ID_BYTES, letter="é")
        async with run.network.cut():
            for first in range(0, VIEWS, AT_ONCE):
                await tab.look_at(*ids[first : first + AT_ONCE])
            if cell.arm["sent_by"] == "heir":
                await run.visitors.close_tab(tab)
        if cell.arm["sent_by"] == "heir":
            tab = await run.visitors.open_tab(view="blank")
        await tab.drained(RECOVERY_S)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
