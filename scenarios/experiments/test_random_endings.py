"""Visits that end at a random moment: what is lost with them?"""

from __future__ import annotations

from collections.abc import Sequence

from harness.browsers.base import Can
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from scenarios.catalogue.declare import Judge, StartRun, arms, scenario
from scenarios.common.delivery import EXACTLY_ONCE, EXACTLY_ONCE_BUT_SOME
from scenarios.common.pace import PER_SECOND, look_at_each
from scenarios.common.visit import DRAIN_S, finish
from scenarios.experiments.endings import (
    ENDINGS,
    LONGEST_VIEWS,
    SHORTEST_VIEWS,
    page_options,
    views_of,
)

_AROUND_S = 12.0


def judged_by(arm: Arm) -> Sequence[CheckSpec]:
    """Return what holds: the durable recorder loses nothing. What the roadmap's loses with a page
    an experiment counts and compares."""
    return EXACTLY_ONCE if arm["preset"] == "durable" else EXACTLY_ONCE_BUT_SOME


@scenario(
    matrix="experiments",
    arms=[],
    on_request=arms(browser=["chromium"], preset=["durable", "roadmap"], ends=["close", "crash"]),
    needs=[],
    abilities=[Can.CRASH_PAGE],
    checks=judged_by,
    about_s=ENDINGS * ((SHORTEST_VIEWS + LONGEST_VIEWS) / 2 / PER_SECOND + 1.0) + _AROUND_S,
)
async def test_random_endings(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Eight visits end in the middle, by a closed tab or a crash: what of them is lost?

    After a crash the person reloads the page; at the end everybody comes back once, so that what
    waits on disk is no loss.
    """
    lengths = views_of(cell.seed)
    options = page_options(cell.arm)
    async with start_run(cell) as run:
        artworks = run.artworks(sum(lengths))
        for length in lengths:
            seen, artworks = artworks[:length], artworks[length:]
            tab = await run.visitors.open_tab(**options)
            await look_at_each(tab, seen)
            if cell.arm["ends"] == "crash":
                tab = await run.visitors.crash_page(tab)
                await tab.drained(DRAIN_S)
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
