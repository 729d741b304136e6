"""A page that records for a long time: does its memory grow with what it has recorded?"""

from __future__ import annotations

from harness.browsers.base import Can
from harness.ledger.rundir import RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, arms, scenario
from scenarios.catalogue.targets import target_check
from scenarios.common.delivery import exactly_once

WARM_UP = 1_000
"""Views before the first weighing: code is compiled once, and the page's bounded log of events is
full."""
A_WALL = 10
BETWEEN = 250
WEIGHINGS = 21
VIEWS = WARM_UP + BETWEEN * (WEIGHINGS - 1)


@scenario(
    matrix="load",
    arms=arms(browser=["chromium"], preset=["durable", "roadmap"]),
    needs=["toxiproxy"],
    checks=[
        *exactly_once(VIEWS),
        target_check("page_memory_percent_per_1000_impressions"),
    ],
    about_s=90,
    abilities=[Can.HEAP],
    exclusive=True,
    controls={Capability.FREE_IDS},
)
async def test_page_memory(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A page shows 6,000 artworks in walls of ten and is weighed after every 250: does its
    memory grow by less than 5 % per 1,000 impressions?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab()
        ids = [f"page-{number:05d}" for number in range(VIEWS)]
        for begin in range(0, VIEWS, A_WALL):
            if begin >= WARM_UP and (begin - WARM_UP) % BETWEEN == 0:
                await tab.measure_heap()
            await tab.look_at(*ids[begin : begin + A_WALL])
        await tab.measure_heap()
        await tab.drained(60)
        await run.visitors.close_tab(tab)
        await run.settle()
    judge(run)
