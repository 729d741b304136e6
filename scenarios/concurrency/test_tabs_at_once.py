"""Many tabs at once: of one user, of two, in one browser and in two."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from harness.browsers.base import Can
from harness.browsers.visitor import Tab
from harness.faults.request.barrier import Barrier
from harness.ledger.kinds.base import name_of
from harness.ledger.kinds.client import VisibilityChanged
from harness.ledger.rundir import CheckSpec, RunPlan
from harness.run.run import Run
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.at_once import (
    MOST_AT_ONCE,
    let_meet,
    meeting,
    met,
    patient,
    shared_and_own,
)
from scenarios.common.pace import SWITCHES, SWITCHING_S, switch_among_three
from scenarios.common.visit import DRAIN_S, RETURN_S, finish
from scenarios.concurrency.concurrency_case import concurrency_case

TABS = 5
CROWD = 20
ARTWORKS = 8
OWN = 2
"""Artworks among these that no other tab shows: a batch that is taken for another's loses them."""
SHARED = ARTWORKS - OWN
WITHIN_S = 1.0
AFTER_SIGN_IN_MS = "5000"
"""What one person saw is flushed when the other has signed in."""

VIEW_EVERY = 25
"""Switches between two views: one in 5 s. With more, a tenth of the switches would mean little."""


def _all_opened(tabs: int) -> list[CheckSpec]:
    return [
        check("opened_within", tabs=tabs, within_s=WITHIN_S * max(1, tabs / TABS)),
        check("tabs_distinct", tabs=tabs + 1),
        check("absorbed_explained", least=(tabs - 1) * SHARED),
        met(min(tabs, MOST_AT_ONCE)),
    ]


async def _see_at_once(run: Run, barrier: Barrier, tabs: Sequence[Tab]) -> None:
    """Show artworks in all of them at the same time, most of them the same ones; let their batches
    meet; wait until each has delivered."""
    artworks = run.artworks(SHARED + OWN * len(tabs))
    shown = shared_and_own(artworks, tabs, OWN)
    await asyncio.gather(*(tab.look_at(*shown[tab]) for tab in tabs))
    await let_meet(run, barrier)
    for tab in tabs:
        await tab.drained(DRAIN_S)


@concurrency_case(
    views=TABS * ARTWORKS,
    checks=_all_opened(TABS),
    controls={Capability.RECORDER_RULES},
)
async def test_five_tabs_at_once(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Five tabs open within a second and see the same: one row each, every view carried?

    Their first batches are held and reach the server together, and it cannot write before it has
    all of them: a server that selects first and inserts then inserts five times.
    """
    async with start_run(cell) as run:
        async with meeting(run, TABS) as barrier:
            tabs = await run.visitors.open_tabs_at_once(TABS, **patient(cell.arm))
            await _see_at_once(run, barrier, tabs)
        for tab in tabs:
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@concurrency_case(
    views=CROWD * ARTWORKS,
    checks=_all_opened(CROWD),
    about_s=45,
    controls={Capability.RECORDER_RULES},
)
async def test_twenty_tabs_at_once(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Twenty tabs open within four seconds and see the same: one row each, every view carried?

    A browser has connections for six of them: the first batches of five reach the server together.
    """
    async with start_run(cell) as run:
        async with meeting(run, MOST_AT_ONCE) as barrier:
            tabs = await run.visitors.open_tabs_at_once(CROWD, **patient(cell.arm))
            await _see_at_once(run, barrier, tabs)
        for tab in tabs:
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@concurrency_case(
    views=4 * ARTWORKS,
    checks=[check("nothing_for_another"), check("tabs_distinct", tabs=6)],
)
async def test_two_users_in_one_browser(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Two tabs of one, then two of another who signs in, all with views: is each the right one's?

    Half of what they see is the same, so that a view taken for the other's would hide behind hers.
    """
    async with start_run(cell) as run:
        pool = run.artworks(ARTWORKS * 3 // 2)
        ann, bob = run.two_users()
        own = {ann: pool[:ARTWORKS], bob: pool[-ARTWORKS:]}
        forgets = cell.arm["preset"] == "roadmap"
        options: dict[str, Any] = {"flushDelayMs": AFTER_SIGN_IN_MS} if forgets else {}
        tabs = []
        for user, artworks in own.items():
            mine = [await run.visitors.open_tab(user, **options) for _ in range(2)]
            for tab in mine:
                await tab.look_at(*artworks)
            tabs += mine
        if forgets:  # what it sends as a tab closes Firefox drops or not, as luck will have it
            await asyncio.gather(*(tab.drained(DRAIN_S) for tab in tabs))
        for tab in tabs:
            await run.visitors.close_tab(tab)
        await finish(run, *own)
    judge(run)


@concurrency_case(
    views=4 * ARTWORKS,
    checks=[
        check("tabs_distinct", tabs=6),
        check("absorbed_explained", least=3 * SHARED),
        met(4),
    ],
    beside=["firefox"],
    controls={Capability.RECORDER_RULES},
)
async def test_two_browsers_of_one_user(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """One person sees the same in two browsers at once, two tabs each: one row, each view carried?

    ``beside`` is the second browser; neither knows of the other's queue.
    """
    async with start_run(cell) as run:
        beside = run.visitors.in_another_browser(cell.arm["beside"])
        async with meeting(run, 4) as barrier:
            options = patient(cell.arm)
            tabs = [await run.visitors.open_tab(**options) for _ in range(2)]
            tabs += [await beside.open_tab(**options) for _ in range(2)]
            await _see_at_once(run, barrier, tabs)
        for tab in tabs:
            await run.visitors.close_tab(tab)
        await beside.return_visit(timeout_s=RETURN_S)
        await finish(run)
    judge(run)


@concurrency_case(
    views=2 * ARTWORKS,
    checks=[check("nothing_for_another"), check("tabs_distinct", tabs=4), met(2)],
    controls={Capability.RECORDER_RULES},
)
async def test_two_users_at_once(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Two users send at the same moment, each from a browser of their own: is each the right one's?

    The server has the head of both requests before it has the body of either, and both bodies
    before it can write: who keeps the user of one request where another finds it mixes them up.
    """
    async with start_run(cell) as run:
        own = dict(zip(run.two_users(), _both_see(run.artworks(SHARED + 2 * OWN)), strict=True))
        places = [run.visitors, run.visitors.in_another_browser(cell.arm["browser"])]
        async with meeting(run, 2) as barrier:
            tabs = [
                await place.open_tab(user, **patient(cell.arm))
                for place, user in zip(places, own, strict=True)
            ]
            await asyncio.gather(
                *(tab.look_at(*own[tab.user]) for tab in tabs),
            )
            await let_meet(run, barrier)
            for tab in tabs:
                await tab.drained(DRAIN_S)
        for place, tab in zip(places, tabs, strict=True):
            await place.close_tab(tab)
            await place.return_visit(tab.user, timeout_s=RETURN_S)
        await run.settle()
    judge(run)


def _both_see(artworks: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return what each of two sees: most of it the same, and some that the other does not."""
    return artworks[:-OWN], [*artworks[-OWN:], *artworks[OWN:-OWN]]


@concurrency_case(
    views=SWITCHES // VIEW_EVERY,
    abilities=[Can.SWITCH_TABS],
    checks=[
        check("flushes_per_switch", share=0.1, least=SWITCHES - 3),
        check("one_flush_per_hide"),
        check("events_from_browser", event=name_of(VisibilityChanged), least=SWITCHES),
        check("order_reported", least=SWITCHES),
    ],
    about_s=SWITCHING_S + 10,
)
async def test_switch_every_200_ms(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Three tabs, a switch every 200 ms for 30 s, a view in 5 s: under a flush in ten switches?"""
    async with start_run(cell) as run:
        await switch_among_three(run, view_every=VIEW_EVERY)
        await finish(run)
    judge(run)
