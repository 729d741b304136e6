"""The browser dies with its tabs, or a page alone does, or sleeps in the cache, and comes back."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from harness.browsers.base import Can
from harness.core.clock import pause
from harness.core.errors import WaitTimeout
from harness.faults.request.answers import Answers
from harness.faults.request.pages import Injects
from harness.ledger.kinds.client import Adopted, RetryScheduled
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.visit import DRAIN_S, EAGER, finish
from scenarios.concurrency.concurrency_case import concurrency_case
from scenarios.concurrency.handlers import COUNT_HANDLERS, HANDLERS, LIVE_HANDLERS

TABS = 10
EACH = 2
TRIPS = 3
OPEN_FOR_S = 5.0
"""How long the tabs have been open when the first is looked at: browsers write their session down
every second (Firefox) or two and a half, and a tab that is younger does not come back."""
FLUSH_S = 2
"""The recorder's ``flushDelayMs``: who dies earlier still has the last views on disk only."""
_RETRIES = 8
"""Eight failures take a page that came out of the cache some seconds, mostly."""

NO_RESTORE = {
    "webkitgtk": "WebKitGTK brings no tabs back after a crash, and a session under automation is "
    "ephemeral: no data directory survives the kill"
}


def _after_crash(arm: Arm) -> Sequence[CheckSpec]:
    """Return what judges a crash; only the durable recorder leaves anything to adopt."""
    specs = [
        check("tabs_restored", tabs=TABS),
        check("handlers_once", pages=TABS),
        check("persisted_kept"),
    ]
    leaves = arm["preset"] == "durable" and float(arm["after"]) < FLUSH_S
    return specs[: 3 if arm["preset"] == "durable" else 2] + [check("adopted_once")] * leaves


@concurrency_case(
    views=TABS * EACH,
    after=["0", "1", "5", "60"],
    checks=_after_crash,
    abilities=[Can.RESTORE],
    unsupported=NO_RESTORE,
    about_s=60,
)
async def test_crash_and_restore(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The browser is killed with ten tabs and restores them: is what was on disk stored once?

    ``after`` is how many seconds after the last view. Every tab is in front while it is looked at.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(Injects(gateway, COUNT_HANDLERS)):
            tabs = [await run.visitors.open_tab() for _ in range(TABS)]
            await pause(OPEN_FOR_S)
            artworks = iter(run.artworks(TABS * EACH))
            for tab in tabs:
                await tab.front()
                await tab.look_at(*(next(artworks) for _ in range(EACH)))
            await pause(float(cell.arm["after"]))
            await run.visitors.crash_browser()
            back = await run.visitors.restart_after_crash()
            # Who gets no tab back opens the page: else nothing could send what is on the disk, and
            # the recorder would be accused of what the browser forgot.
            for tab in back or [await run.visitors.open_tab()]:
                await tab.drained(DRAIN_S)
                await tab.ask(HANDLERS, LIVE_HANDLERS)
        await finish(run)
    judge(run)


@concurrency_case(
    views=2 * EACH,
    abilities=[Can.CRASH_PAGE],
    checks=lambda arm: (
        check("handlers_once", pages=1),
        check("persisted_kept"),
        check("adopted_once"),
    )[: 3 if arm["preset"] == "durable" else 1],
)
async def test_renderer_crash(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """One page's process dies right after its views and is reloaded: are they stored once?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(Injects(gateway, COUNT_HANDLERS)):
            tab = await run.visitors.open_tab()
            artworks = run.artworks(2 * EACH)
            await tab.look_at(*artworks[:EACH])
            again = await run.visitors.crash_page(tab)
            await again.look_at(*artworks[EACH:])
            await again.drained(DRAIN_S)
            await again.ask(HANDLERS, LIVE_HANDLERS)
            await run.visitors.close_tab(again)
        await finish(run)
    judge(run)


@concurrency_case(
    views=(TRIPS + 1) * EACH,
    checks=[
        check("premise_held", question="came out of the cache alive", answer="true"),
        check("handlers_once", pages=TRIPS + 1, round_trips=TRIPS),
    ],
)
async def test_back_from_the_cache(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A page goes into the back/forward cache and comes out, three times: its handlers once each?

    The queue is empty before each trip, or Firefox would not cache the page.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(Injects(gateway, COUNT_HANDLERS)):
            tab = await run.visitors.open_tab()
            artworks = iter(run.artworks((TRIPS + 1) * EACH))
            await tab.ask(HANDLERS, LIVE_HANDLERS)
            for _ in range(TRIPS):
                await tab.look_at(*(next(artworks) for _ in range(EACH)))
                await tab.drained(DRAIN_S)
                await tab.leave_for(run.network.plain_url)
                tab.note("came out of the cache alive", await tab.back())
                await tab.ask(HANDLERS, LIVE_HANDLERS)
            await tab.look_at(*(next(artworks) for _ in range(EACH)))
            await tab.drained(DRAIN_S)
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@concurrency_case(
    views=2 * EACH,
    checks=[
        check("premise_held", question="came out of the cache alive", answer="true"),
        check("happened", state="retry_waits"),
    ],
    presets=("durable",),
    unsupported={"firefox": "it caches no page that holds a Web Lock, and a queue holds one"},
    heir=["no", "yes"],
    controls={Capability.PAGE_EVENTS},
)
async def test_cached_with_a_queue(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A page goes into the back/forward cache with views to send, and comes out: are they sent?

    ``heir``: whether another tab takes its queue over meanwhile. The page stays open to the end, so
    that no later visit can send what it forgets.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        artworks = run.artworks(2 * EACH)
        async with run.fault(Answers(gateway, 503)):
            tab = await run.visitors.open_tab(**EAGER)
            await tab.look_at(*artworks[:EACH])
            await tab.until(RetryScheduled, timeout_s=10)
            await tab.leave_for(run.network.plain_url)
            if cell.arm["heir"] == "yes":
                heir = await run.visitors.open_tab(**EAGER)
                await heir.until(Adopted, timeout_s=10)
                await tab.front()
            tab.note("came out of the cache alive", await tab.back())
            await tab.look_at(*artworks[EACH:])
            with contextlib.suppress(WaitTimeout):  # what it goes on sending shows in retries
                await tab.until(RetryScheduled, times=_RETRIES, timeout_s=DRAIN_S)
        await tab.drained(DRAIN_S)
        await finish(run)
    judge(run)
