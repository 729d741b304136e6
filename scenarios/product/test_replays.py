"""Artworks are shown again from the history: recorded nowhere, counted once each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from harness.browsers.base import Can
from harness.faults.request.answers import AckLost, Answers, FeltByUse, Requests
from harness.faults.request.gateway import Gateway
from harness.ledger.rundir import RunPlan
from harness.run.run import Run
from harness.target.reference.product import REPLAYS_PATH
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.visit import DRAIN_S, EAGER, felt, finish
from scenarios.concurrency.test_crashes import NO_RESTORE
from scenarios.product.gallery import Gallery
from scenarios.product.product_case import product_case

SEEN = 5
REPLAYED = 3
NEW = 4
_REPORTS = Requests(method="POST", path=REPLAYS_PATH)
TROUBLES = ("none", "unanswered", "answers_lost")


@asynccontextmanager
async def _trouble(run: Run, gateway: Gateway, trouble: str) -> AsyncIterator[list[FeltByUse]]:
    """Hold what is wrong with the reports of replays, and with batches beside them; yield both."""
    faults: list[FeltByUse] = []
    match trouble:
        case "unanswered":
            faults = [Answers(gateway, 503), Answers(gateway, 503, which=_REPORTS)]
        case "answers_lost":
            faults = [AckLost(gateway, times=1), AckLost(gateway, times=2, which=_REPORTS)]
    async with AsyncExitStack() as held:
        for fault in faults:
            await held.enter_async_context(run.fault(fault))
        yield faults


@product_case(views=SEEN + NEW, replays=REPLAYED, trouble=TROUBLES)
async def test_replay(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A visitor replays artworks of the history by clicks, leaves the replay, and sees new ones in
    the same tab: is each new one stored, and no replay recorded, whatever becomes of requests?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        artworks = run.artworks(SEEN + NEW)
        tab = await run.visitors.open_tab(**EAGER)
        await tab.look_at(*artworks[:SEEN])
        await tab.drained(DRAIN_S)
        gallery = Gallery(run, tab)
        await gallery.open_history(at_least=SEEN)
        async with _trouble(run, gateway, cell.arm["trouble"]) as faults:
            await gallery.replay(1)
            for _ in range(REPLAYED - 1):
                await gallery.next()
            await gallery.leave_replay()
            for artwork in artworks[SEEN:]:
                await tab.look_at(artwork)
            for fault in faults:
                await felt(fault)
        await tab.drained(DRAIN_S)
        await gallery.read_counts(gallery.replays)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@product_case(
    views=SEEN + NEW,
    replays=REPLAYED,
    checks=[check("persisted_kept")],
    abilities=[Can.RESTORE],
    unsupported=NO_RESTORE,
    about_s=30,
)
async def test_replay_and_crash(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The browser is killed while replays and new views of one tab wait to be sent: are the views
    stored once, the replays counted once, and none of them recorded?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        artworks = run.artworks(SEEN + NEW)
        tab = await run.visitors.open_tab(**EAGER)
        await tab.look_at(*artworks[:SEEN])
        await tab.drained(DRAIN_S)
        gallery = Gallery(run, tab)
        await gallery.open_history(at_least=SEEN)
        reports, batches = Answers(gateway, 503, which=_REPORTS), Answers(gateway, 503)
        async with run.fault(reports), run.fault(batches):
            await gallery.replay(1)
            for _ in range(REPLAYED - 1):
                await gallery.next()
            await gallery.leave_replay()
            await tab.look_at(*artworks[SEEN:])
            await felt(reports)
            await felt(batches)
            await run.visitors.crash_browser()
        await run.visitors.restart_after_crash()
        # What waits on the disk is sent by the recorder of any page, replays by the history.
        last = await run.visitors.open_tab(**EAGER)
        await last.drained(DRAIN_S)
        await Gallery(run, last).open_history(at_least=SEEN)
        await gallery.read_counts(gallery.replays)
        await run.visitors.close_tab(last)
        await finish(run)
    judge(run)
