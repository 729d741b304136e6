"""A page that says "Recording…" for every view, or says nothing."""

from __future__ import annotations

from harness.browsers.base import Can
from harness.core.clock import pause
from harness.ledger.rundir import RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, arms, scenario
from scenarios.common.delivery import exactly_once
from scenarios.common.visit import DRAIN_S, finish

VIEWS = 15
WARM_UP = 2
"""Views before the first measurement: code is compiled and fonts are loaded once."""
LOOK_S = 1.0
"""How long an artwork is looked at: the toast has come and gone by then."""


@scenario(
    matrix="experiments",
    arms=[],
    on_request=arms(browser=["chromium"], preset=["durable"], toast=["false", "true"]),
    needs=[],
    abilities=[Can.MAIN_THREAD],
    checks=exactly_once(VIEWS + WARM_UP),
    about_s=(VIEWS + WARM_UP) * (LOOK_S + 0.2) + 9,
    exclusive=True,
    controls={Capability.PAGE_OPTIONS},
)
async def test_feedback(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A visitor looks at fifteen artworks: what does each view cost the page's main thread, and
    does the layout shift, with a toast "Recording…" and without?

    What the harness itself does in the page between two views is the same in both arms.
    """
    async with start_run(cell) as run:
        artworks = run.artworks(VIEWS + WARM_UP)
        tab = await run.visitors.open_tab(recordingToast=cell.arm["toast"])
        for artwork in artworks[:WARM_UP]:
            await tab.look_at(artwork)
            await pause(LOOK_S)
        await tab.measure_work()
        for artwork in artworks[WARM_UP:]:
            await tab.look_at(artwork)
            await pause(LOOK_S)
            await tab.measure_work()
        await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
