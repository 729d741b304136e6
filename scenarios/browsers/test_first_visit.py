"""A visitor looks at artworks and closes the tab: on a desk, or as on a phone."""

from __future__ import annotations

from harness.ledger.rundir import RunPlan
from scenarios.catalogue.declare import Judge, StartRun, arms, scenario
from scenarios.common.closing import is_firefox
from scenarios.common.delivery import exactly_once
from scenarios.common.pace import look_at_each
from scenarios.common.visit import RETURN_S, finish
from scenarios.common.visit_case import PRESETS

ARTWORKS = 40

DEVICES = ("iPhone 15", "iPad Pro 11", "Pixel 7", "Galaxy S24")
"""A desktop engine pretends to be them: their size, touch and user agent, no more."""


@scenario(
    matrix="browsers",
    # Not the roadmap's recorder in Firefox: all that it saw leaves in one beacon, and whether that
    # is dropped is the toss of a coin. pagehide_on_close asks it twenty times.
    arms=(
        *arms(browser=["chromium", "webkitgtk"], preset=["durable", "roadmap"]),
        *arms(browser=["firefox"], preset=["durable"]),
    ),
    needs=["toxiproxy"],
    checks=exactly_once(ARTWORKS),
    about_s=19,
)
async def test_first_visit(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A visitor looks at 40 artworks, four a second, and closes the tab: is each stored once?

    In Firefox the visitor comes back once: it may drop what leaves as its driver closes a tab, and
    what is on disk then comes with the next visit. The other engines send it without.
    """
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab()
        await look_at_each(tab, run.artworks(ARTWORKS))
        await tab.pending()  # its counters say which answers it read, whatever its events say
        await run.visitors.close_tab(tab)
        if is_firefox(cell.arm):
            await run.visitors.return_visit(run.visitor, timeout_s=RETURN_S)
        await run.settle()
    judge(run)


@scenario(
    matrix="browsers",
    arms=arms(browser=["chromium"], preset=PRESETS, device=DEVICES),
    needs=[],
    checks=exactly_once(6),
    about_s=8,
)
async def test_emulated_device(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Chromium as a phone or tablet (emulated): views, another tab, a close; is anything lost?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab()
        artworks = run.artworks(6)
        await tab.look_at(*artworks[:3])
        await tab.hide()
        await tab.front()
        await tab.look_at(*artworks[3:])
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
