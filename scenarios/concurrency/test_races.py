"""Two things at once, on purpose: whatever interrupts a flush, a sleep, a visit or a person."""

from __future__ import annotations

import asyncio
import contextlib

from harness.browsers.base import Can
from harness.browsers.visitor import Tab
from harness.core.clock import pause
from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.faults.request.answers import Answers, Delays
from harness.faults.request.pages import Injects
from harness.ledger.kinds.client import Attempt, RetryScheduled
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.run.run import Run
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.visit import DRAIN_S, EAGER, felt, finish
from scenarios.concurrency.concurrency_case import concurrency_case
from scenarios.concurrency.probes import LOCKS, LOCKS_ASKED_FOR, WATCH_LOCKS

EACH = 3
STUCK_S = 3.0
"""Longer than the first attempt's timeout of 1.8 s: its answer comes too late."""
HIDDEN_S = 1.5
"""Longer than a busy machine interrupts a page: what it has not sent by then it keeps."""
OFFLINE_S = 2.0
IN_THE_CUT_MS = "1000"
"""What is seen just before a cut is flushed in the midst of it."""
CONTEND_S = 10.0

_CLOCK = {
    "forward": "{ const real = Date.now.bind(Date); Date.now = () => real() + 3600000; }",
    "back": "{ const real = Date.now.bind(Date); Date.now = () => real() - 3600000; }",
}
_IS_OFF = "() => Math.abs(Date.now() - performance.timeOrigin - performance.now()) > 3000000"


async def _interrupt(run: Run, tab: Tab, by: str) -> None:
    """Do to the tab what the arm says, and undo it where it can be undone."""
    if by == "close":
        await run.visitors.close_tab(tab)
    elif by == "hide":
        await tab.hide()
        await pause(HIDDEN_S)
        await tab.front()
    else:
        browser = await run.visitors.browser()
        can = Can.OFFLINE in browser.can
        async with run.network.cut():
            if can:
                await browser.set_offline(True)
            await pause(OFFLINE_S)
        if can:
            await browser.set_offline(False)


def _interrupted(arm: Arm) -> list[CheckSpec]:
    """The flush was under way when the tab was left, or had no answer when the line was cut; the
    roadmap's recorder has beacons alone by then, whose answers no page hears."""
    if arm["preset"] != "durable":
        return [check("each_id_once")]
    state = "unanswered" if arm["by"] == "offline" else "left_in_flight"
    return [check("each_id_once"), check("happened", state=state)]


@concurrency_case(
    views=2 * EACH,
    by=["hide", "close", "offline"],
    needs=["toxiproxy"],
    checks=_interrupted,
)
async def test_flush_interrupted(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A flush is under way, more is seen, the tab hides, closes or goes offline: any loss?"""
    by = cell.arm["by"]
    options = EAGER | {"flushDelayMs": IN_THE_CUT_MS} if by == "offline" else EAGER
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        stuck = Delays(gateway, STUCK_S)
        async with run.fault(stuck):
            tab = await run.visitors.open_tab(**options)
            artworks = run.artworks(2 * EACH)
            await tab.look_at(*artworks[:EACH])
            await felt(stuck)
            await tab.look_at(*artworks[EACH:])
            await _interrupt(run, tab, by)
        if by != "close":
            await tab.drained(DRAIN_S)
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@concurrency_case(
    views=2 * EACH,
    presets=("durable",),
    abilities=[Can.FREEZE],
    checks=[check("each_id_once"), check("queue_contended")],
    controls={Capability.PAGE_EVENTS, Capability.RECORDER_RULES},
)
async def test_adoption_at_wake_up(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A frozen tab with a queue wakes up just as another one looks for heirless queues: one sender?

    Only a journal can be adopted: the roadmap's recorder has none. The server refuses until the
    other one has asked for the queue of the tab that woke up; if it never does, nothing was tried.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(Injects(gateway, WATCH_LOCKS)):
            async with run.fault(Answers(gateway, 503)):
                owner = await run.visitors.open_tab(**EAGER, adoptEveryMs="200")
                artworks = run.artworks(2 * EACH)
                await owner.look_at(*artworks[:EACH])
                await owner.until(RetryScheduled, timeout_s=10)
                await owner.hide()
                await owner.page.freeze(True)
                heir = await run.visitors.open_tab(**EAGER, adoptEveryMs="200")
                await heir.look_at(*artworks[EACH:])
                await heir.hide()
                await asyncio.gather(owner.page.freeze(False), heir.front())
                await _has_asked(heir, owner)
            for tab in (heir, owner):
                await tab.front()
                await tab.drained(DRAIN_S)
                await tab.ask(LOCKS, LOCKS_ASKED_FOR)
            for tab in (heir, owner):
                await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


async def _has_asked(heir: Tab, owner: Tab) -> None:
    """Give the one time to ask for the other's queue now; whether it did, the check decides."""
    since = await owner.page.evaluate("() => performance.timeOrigin + performance.now()")

    async def has_asked() -> bool:
        asked = (await heir.page.evaluate(LOCKS_ASKED_FOR) or {}).get("asked", ())
        return any(lock.endswith(f":{owner.tab}") and at >= since for lock, _, at in asked)

    with contextlib.suppress(WaitTimeout):
        await wait_until("the queue was asked for", has_asked, timeout_s=CONTEND_S)


def _signed_over(arm: Arm) -> list[CheckSpec]:
    """What the first left on disk waits there while another is signed in."""
    held = [check("happened", state="held")] if arm["preset"] == "durable" else []
    return [check("nothing_for_another"), *held]


@concurrency_case(
    views=4 * EACH,
    checks=_signed_over,
    controls={Capability.PAGE_EVENTS, Capability.OWNER},
)
async def test_another_signs_in(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """One signs out with a queue on disk and the tab open; another signs in: is each the right's?

    The second sees what the first saw, and more: what is taken for the wrong one's cannot hide.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        artworks = run.artworks(3 * EACH)
        ann, bob = run.two_users()
        async with run.fault(Answers(gateway, 503)):
            tab = await run.visitors.open_tab(ann, **EAGER)
            await tab.look_at(*artworks[: 2 * EACH])
            await tab.until(Attempt, timeout_s=10)
            await run.visitors.sign_out()
            await tab.hide()
            await tab.front()
        other = await run.visitors.open_tab(bob, **EAGER)
        await other.look_at(*artworks[EACH:])
        await other.drained(DRAIN_S)
        await run.visitors.close_tab(other)
        await run.visitors.close_tab(tab)
        await finish(run, ann, bob)
    judge(run)


@concurrency_case(
    views=EACH,
    presets=("durable",),
    jump=["forward", "back"],
    checks=[
        check("answered", question="the clock is an hour off", answer="true"),
    ],
    controls={Capability.PAGE_EVENTS},
)
async def test_clock_set_between_visits(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A queue was written by a clock an hour off: does the next visit, by the right one, send it?

    That a retry survives a jump of the clock, the browser matrix asks (``clock_jump``).
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with (
            run.fault(Injects(gateway, _CLOCK[cell.arm["jump"]])),
            run.fault(Answers(gateway, 503)),
        ):
            tab = await run.visitors.open_tab(**EAGER)
            await tab.ask("the clock is an hour off", _IS_OFF)
            await tab.look_at(*run.artworks(EACH))
            await tab.until(RetryScheduled, timeout_s=10)
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
