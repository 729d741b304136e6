"""A beacon is never answered: what if the server refuses, or is not there?"""

from __future__ import annotations

import contextlib

from harness.browsers.base import Can
from harness.core.clock import pause
from harness.faults.request.answers import Answers, Batches
from harness.faults.request.pages import Injects
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.target.capabilities import Capability
from harness.target.page import PageContract
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.closing import (
    CLOSES,
    LAST_WORDS_S,
    close_each_at_once,
    closes_in,
    closing_s,
    is_firefox,
)
from scenarios.common.visit import NO_BEACON, SOON, finish, long_ids
from scenarios.common.visit_case import visit_case

# Whatever a page tries while it unloads fails, but for the synchronous request.
_ONLY_SYNC = (
    NO_BEACON
    + """
const real = window.fetch;
window.fetch = (url, how) => how?.keepalive ? Promise.reject(new TypeError("blocked"))
                                            : real(url, how);"""
)

# A closing page cannot report; what it stores the next page of its origin can read. Its listener
# comes right after the recorder's, whose counters are final by then.
_WRITES_LAST_WORDS = """
const listen = window.addEventListener;
const write = () => {
  const words = {tab: (__TAB_ID__)(), ...(__TELEMETRY__)()};
  localStorage.setItem(`last words ${words.tab}`, JSON.stringify(words));
};
window.addEventListener = function (type, ...how) {
  listen.call(this, type, ...how);
  if (type === "pagehide") listen.call(window, type, write);
};"""
_LAST_WORDS = """() => Object.entries(localStorage)
  .filter(([key]) => key.startsWith("last words ")).map(([, text]) => JSON.parse(text))"""

# As some content blockers leave it: it says yes, and sends nothing. Unblocked only Firefox says yes
# to so much.
_SWALLOWED = "Navigator.prototype.sendBeacon = () => true;"
_TAKES_ALL = "() => navigator.sendBeacon('/nowhere', 'x'.repeat(2 ** 17))"


@visit_case(views=2 * CLOSES, about_s=20)
async def test_beacon_500(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The server answers 500 to the beacons of closing tabs: do their views come later?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        refusing = Answers(gateway, 500)
        async with run.fault(refusing):
            await close_each_at_once(run, closes=CLOSES)
            await pause(LAST_WORDS_S)
        await finish(run)
    judge(run)


@visit_case(views=3, needs=["toxiproxy"])
async def test_beacon_refused(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """No server listens when the tab closes: do its views come later?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab()
        async with run.network.cut():
            await tab.look_at(*run.artworks(3))
            await run.visitors.close_tab(tab)
            await pause(LAST_WORDS_S)
        await finish(run)
    judge(run)


@visit_case(
    views=3,
    abilities=[Can.OFFLINE],
    checks=[check("premise_held", question="navigator.onLine", answer="false")],
)
async def test_beacon_offline(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The browser is offline when the tab closes: do its views come with the network?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab()
        browser = await run.visitors.browser()
        await browser.set_offline(True)
        await tab.look_at(*run.artworks(3))
        await tab.ask("navigator.onLine", "() => navigator.onLine")
        await run.visitors.close_tab(tab)
        await pause(LAST_WORDS_S)
        await browser.set_offline(False)
        await finish(run)
    judge(run)


@visit_case(
    views=lambda arm: 3 + 2 * closes_in(arm),
    checks=[check("premise_held", question="it can send beacons", answer="false")],
    about_s=closing_s,
    controls={Capability.FREE_IDS},
)
async def test_beacon_missing(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The page has no sendBeacon: do the other transports carry its views?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(Injects(gateway, NO_BEACON)):
            tab = await run.visitors.open_tab(retryBaseMs=SOON)
            await tab.ask("it can send beacons", "() => 'sendBeacon' in navigator")
            await tab.look_at(*long_ids(run, 3, 20))
            await tab.drained(10)
            await run.visitors.close_tab(tab)
            await close_each_at_once(run, retryBaseMs=SOON)
            await finish(run)
    judge(run)


@visit_case(
    views=3, checks=[check("premise_held", question="every beacon is taken", answer="true")]
)
async def test_beacon_swallowed(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A content blocker takes every beacon and sends none: do the closed tab's views come later?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(Injects(gateway, _SWALLOWED)):
            tab = await run.visitors.open_tab(flushDelayMs="30000")
            await tab.ask("every beacon is taken", _TAKES_ALL)
            await tab.look_at(*run.artworks(3))
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


def _writes_last_words(page: PageContract) -> str:
    script = _WRITES_LAST_WORDS.replace("__TAB_ID__", page.tab_id)
    return script.replace("__TELEMETRY__", page.telemetry)


def _blocked_flush(arm: Arm) -> list[CheckSpec]:
    """Return what is true of the last flush: `durable` never tries a synchronous request.

    Firefox does not show the counters: what a page stores while the driver closes it is lost.
    """
    tries = int(arm["preset"] == "roadmap")
    kept = [] if tries else [check("persisted_kept")]
    if is_firefox(arm):
        return kept
    return [check("blocked_flush_counted", pages=CLOSES, sync=tries, blocked=tries), *kept]


@visit_case(
    views=2 * CLOSES,
    checks=_blocked_flush,
    about_s=20,
    controls={Capability.TELEMETRY, Capability.RECORDER_RULES, Capability.PAGE_OPTIONS},
)
async def test_sync_flush_blocked(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Only a synchronous request is left when tabs close, and it fails: is that counted, any loss?

    Browsers forbid it. Firefox alone lets it through, mostly, and so there the server refuses it:
    what it then does with the views is no matter of luck.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        refusing = contextlib.AsyncExitStack()
        injected = _ONLY_SYNC + _writes_last_words(run.system.page)
        async with run.fault(Injects(gateway, injected)), refusing:
            if cell.arm["preset"] == "roadmap" and is_firefox(cell.arm):
                fault = Answers(gateway, 503, which=Batches(transport="sync"))
                await refusing.enter_async_context(run.fault(fault))
            await close_each_at_once(run, closes=CLOSES, flushDelayMs="30000", retryBaseMs=SOON)
            await pause(LAST_WORDS_S)
            if not is_firefox(cell.arm):
                heir = await run.visitors.open_tab(view="blank", retryBaseMs=SOON)
                await heir.ask("last words", _LAST_WORDS)
                await run.visitors.close_tab(heir)
            await finish(run)
    judge(run)
