"""Visits that end at a random moment: what is lost with them?"""

from __future__ import annotations

from harness.browsers.base import Can
from harness.core.clock import pause
from harness.ledger.rundir import RunPlan
from scenarios.catalogue.declare import Judge, StartRun, arms, scenario
from scenarios.common.delivery import EXACTLY_ONCE
from scenarios.common.visit import DRAIN_S, finish
from scenarios.experiments.endings import about_s, page_options, visits_of

CALM = 2
"""Artworks of a visit that ends when all is sent: a table without a row would say nothing."""


@scenario(
    matrix="experiments",
    arms=[],
    on_request=arms(browser=["chromium"], preset=["durable", "roadmap"], ends=["close", "crash"]),
    needs=[],
    abilities=[Can.CRASH_PAGE],
    checks=EXACTLY_ONCE,
    about_s=about_s,
)
async def test_random_endings(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Six visits end in the middle, by a closed tab or a crash: what of them is lost?

    After a crash the person reloads the page; at the end everybody comes back once, so that what
    waits on disk is no loss.
    """
    visits = visits_of(cell.seed)
    options = page_options(cell.arm)
    async with start_run(cell) as run:
        artworks = iter(run.artworks(CALM + sum(map(len, visits))))
        tab = await run.visitors.open_tab(**options)
        await tab.look_at(*(next(artworks) for _ in range(CALM)))
        await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
        for looks in visits:
            tab = await run.visitors.open_tab(**options)
            for look_s in looks:
                await tab.look_at(next(artworks))
                await pause(look_s)
            if cell.arm["ends"] == "crash":
                tab = await run.visitors.crash_page(tab)
                await tab.drained(DRAIN_S)
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
