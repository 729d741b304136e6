"""A beacon is a promise that nobody keeps: what if the server refuses, or is not there?"""

from __future__ import annotations

from harness.browsers.base import Can
from harness.faults.answers import Answers
from harness.faults.pages import Injects
from harness.rundir import RunPlan
from scenarios.browsers.case import NO_BEACON, SOON, case, felt, finish
from scenarios.declare import Judge, StartRun

# Whatever a page tries while it unloads fails, but for the synchronous request.
_ONLY_SYNC = (
    NO_BEACON
    + """
const real = window.fetch;
window.fetch = (url, how) => how?.keepalive ? Promise.reject(new TypeError("blocked"))
                                            : real(url, how);"""
)


@case(views=3)
async def test_beacon_500(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The server answers 500 to the closing tab's beacon: do its views come later?"""
    async with start_run(cell) as run:
        gateway = await run.gateway()
        tab = await run.open_tab()
        refusing = Answers(gateway, 500)
        async with run.fault(refusing):
            await tab.look_at(*run.artworks(3))
            await run.close_tab(tab)
            await felt(refusing)
        await finish(run)
    judge(run)


@case(views=3, needs=["toxiproxy"])
async def test_beacon_refused(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Nobody listens when the tab closes: do its views come later?"""
    async with start_run(cell) as run:
        tab = await run.open_tab()
        async with run.outage():
            await tab.look_at(*run.artworks(3))
            await run.close_tab(tab)
        await finish(run)
    judge(run)


@case(views=3, abilities=[Can.OFFLINE])
async def test_beacon_offline(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The browser is offline when the tab closes: do its views come with the network?"""
    async with start_run(cell) as run:
        tab = await run.open_tab()
        browser = await run.browser()
        await browser.set_offline(True)
        await tab.look_at(*run.artworks(3))
        await tab.ask("navigator.onLine", "() => navigator.onLine")
        await run.close_tab(tab)
        await browser.set_offline(False)
        await finish(run)
    judge(run)


@case(views=6)
async def test_beacon_missing(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The page has no sendBeacon: do the other transports carry its views?"""
    async with start_run(cell) as run:
        gateway = await run.gateway()
        async with run.fault(Injects(gateway, NO_BEACON)):
            tab = await run.open_tab(retryBaseMs=SOON)
            artworks = run.artworks(6)
            await tab.look_at(*artworks[:3])
            await tab.drained(10)
            await tab.look_at(*artworks[3:])
            await run.close_tab(tab)
            await finish(run)
    judge(run)


@case(views=3)
async def test_sync_flush_blocked(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Only a synchronous request is left when the tab closes: may it run, and is anything lost?"""
    async with start_run(cell) as run:
        gateway = await run.gateway()
        async with run.fault(Injects(gateway, _ONLY_SYNC)):
            tab = await run.open_tab(flushDelayMs="30000", retryBaseMs=SOON)
            await tab.look_at(*run.artworks(3))
            await run.close_tab(tab)
            await finish(run)
    judge(run)
