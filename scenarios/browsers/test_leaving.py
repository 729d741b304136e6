"""Pages that are left, closed, reloaded, put into the cache or frozen."""

from __future__ import annotations

import contextlib

from harness.browsers.base import Can, Closing
from harness.core.clock import pause
from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.faults.request.answers import Delays, Hangs
from harness.faults.request.pages import Injects
from harness.ledger.rundir import RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.closing import (
    HIDDEN_CLOSES,
    LAST_WORDS_S,
    close_each_at_once,
    closes_in,
    closing_s,
)
from scenarios.common.visit import FELT_S, NO_BEACON, SOON, felt, finish
from scenarios.common.visit_case import only, visit_case

RELOADS = 20
SCRIPT_CLOSES = 60
"""Tabs that close themselves where that is luck: there Firefox drops but one beacon in ten."""
# Before the recorder listens: what stops here it never hears.
_NO_PAGEHIDE = "addEventListener('pagehide', (e) => e.stopImmediatePropagation(), true);"


@visit_case(views=3)
async def test_navigate_immediately(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A link is followed right after the last view: is anything lost?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab()
        await tab.look_at(*run.artworks(3))
        await tab.leave_for(run.network.plain_url)
        run.visitors.abandon_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=3,
    presets=("roadmap",),
    controls={Capability.RECORDER_RULES},
)
async def test_close_with_debounce_only(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The negative control: only the trailing 100 ms debounce is left, does it save anything?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(Injects(gateway, _NO_PAGEHIDE)):
            tab = await run.visitors.open_tab()
            await tab.look_at(*run.artworks(3))
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=lambda arm: 6 * closes_in(arm, lucky=HIDDEN_CLOSES),
    about_s=closing_s,
    controls={Capability.HIDDEN_VIEWS},
)
async def test_close_background_tab(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The tab is hidden, sees three more artworks there, and is closed behind another: any loss?"""
    async with start_run(cell) as run:
        closes = closes_in(cell.arm, lucky=HIDDEN_CLOSES)
        artworks = run.artworks(6 * closes)
        for seen in range(0, 6 * closes, 6):
            tab = await run.visitors.open_tab()
            await tab.look_at(*artworks[seen : seen + 3])
            await tab.hide()
            await tab.look_at(*artworks[seen + 3 : seen + 6])
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=lambda arm: 2 * closes_in(arm),
    abilities=[Can.CLOSE_ASKING],
    about_s=closing_s,
)
async def test_close_asking(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Tabs are closed, one by one, and their pages asked first (beforeunload): is anything lost?"""
    async with start_run(cell) as run:
        await close_each_at_once(run, Closing.ASKING)
        await finish(run)
    judge(run)


@visit_case(
    views=lambda arm: 2 * closes_in(arm, lucky=SCRIPT_CLOSES),
    abilities=[Can.CLOSE_BY_SCRIPT],
    about_s=lambda arm: closing_s(arm, lucky=SCRIPT_CLOSES),
)
async def test_close_by_script(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Pages, opened by another one, close themselves: is anything lost?"""
    async with start_run(cell) as run:
        closes = closes_in(cell.arm, lucky=SCRIPT_CLOSES)
        await close_each_at_once(run, Closing.SCRIPT, closes=closes)
        await finish(run)
    judge(run)


@visit_case(
    views=6,
    checks=[check("answered", question="came out of the cache alive", answer="true")],
)
async def test_bfcache_round_trips(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The page comes back out of the cache and is left again: does the second exit flush too?

    No visit follows; only the exit itself can have saved the views. Before the first exit
    the queue is empty: Firefox caches no page that holds a Web Lock, and a queue holds one.
    """
    async with start_run(cell) as run:
        # Not due before the second exit, however busy the machine is.
        tab = await run.visitors.open_tab(flushDelayMs="5000")
        artworks = run.artworks(6)
        await tab.look_at(*artworks[:3])
        await tab.drained(15)
        await tab.leave_for(run.network.plain_url)
        tab.note("came out of the cache alive", await tab.back())
        await tab.look_at(*artworks[3:])
        await tab.leave_for(run.network.plain_url)
        run.visitors.abandon_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=6,
    checks=[
        check("absorbed_explained"),
        check("repeats_bounded", impressions=3),
        check("happened", state="left_in_flight"),
    ],
)
async def test_hide_while_flushing(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A request is under way, more is seen, and the tab is closed: does the guard cost views?

    What was under way may come twice, nothing else. Beacons are blocked, or no request of the
    roadmap's recorder would ever be under way.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        blocked, stuck = Injects(gateway, NO_BEACON), Delays(gateway, 5.0)
        async with run.fault(blocked), run.fault(stuck):
            tab = await run.visitors.open_tab(flushDelayMs="100", retryBaseMs=SOON)
            artworks = run.artworks(6)
            await tab.look_at(*artworks[:3])
            await felt(stuck)
            await tab.look_at(*artworks[3:])
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(views=6, presets=("durable",))
async def test_close_unanswered(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A request gets no answer and is not stored, more is seen, the tab is closed: any loss?

    Beacons are blocked, so that the request is one whose answer the page would hear.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        blocked, silent = Injects(gateway, NO_BEACON), Hangs(gateway)
        async with run.fault(blocked), run.fault(silent):
            tab = await run.visitors.open_tab(flushDelayMs="100")
            artworks = run.artworks(6)
            await tab.look_at(*artworks[:3])
            await felt(silent)
            await tab.look_at(*artworks[3:])
            await run.visitors.close_tab(tab)
            await pause(LAST_WORDS_S)
        await finish(run)
    judge(run)


@visit_case(views=RELOADS, about_s=14)
async def test_reloads(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The page is reloaded twenty times, right after a view each time: is one lost?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab()
        for artwork in run.artworks(RELOADS):
            await tab.look_at(artwork)
            await tab.reload()
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=3,
    abilities=[Can.FREEZE],
    checks=only("durable", check("answered", question="stored while frozen", answer="true")),
)
async def test_freeze_and_resume(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The browser freezes the hidden page and thaws it: was everything flushed before?

    Of the roadmap's recorder that is luck: its debounce of 100 ms may be frozen too.
    """
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab(flushDelayMs="30000")
        await tab.look_at(*run.artworks(3))
        await tab.hide()
        await tab.page.freeze(True)
        with contextlib.suppress(WaitTimeout):
            await wait_until(
                "what was seen is stored", run.quiescence.shown_is_stored, timeout_s=FELT_S
            )
        tab.note("stored while frozen", await run.quiescence.shown_is_stored())
        await tab.page.freeze(False)
        await tab.front()
        await tab.drained(45)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
