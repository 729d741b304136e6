"""Many tabs at once: of one user, of two, in one browser and in two."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from harness.browsers.base import Can
from harness.browsers.visitor import Tab
from harness.ledger.kinds.base import name_of
from harness.ledger.kinds.client import VisibilityChanged
from harness.ledger.rundir import CheckSpec, RunPlan
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.pace import SWITCHES, SWITCHING_S, switch_among_three
from scenarios.common.visit import DRAIN_S, RETURN_S, finish
from scenarios.concurrency.concurrency_case import concurrency_case

TABS = 5
CROWD = 20
ARTWORKS = 8
WITHIN_S = 1.0
AFTER_SIGN_IN_MS = "5000"
"""What one person saw is flushed when the other has signed in."""

VIEW_EVERY = 25
"""Switches between two views: one in 5 s. With more, a tenth of the switches would mean little."""


def _all_opened(tabs: int) -> list[CheckSpec]:
    return [
        check("opened_within", tabs=tabs, within_s=WITHIN_S * max(1, tabs / TABS)),
        check("tabs_distinct", tabs=tabs + 1),
        check("absorbed_explained", least=(tabs - 1) * ARTWORKS),
    ]


async def _see_at_once(tabs: Sequence[Tab], artworks: Sequence[str]) -> None:
    """Show the same artworks in all of them at the same time; wait until each has delivered."""
    await asyncio.gather(*(tab.look_at(*artworks) for tab in tabs))
    for tab in tabs:
        await tab.drained(DRAIN_S)


@concurrency_case(views=TABS * ARTWORKS, checks=_all_opened(TABS))
async def test_five_tabs_at_once(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Five tabs open within a second and see the same: one row each, every view carried?"""
    async with start_run(cell) as run:
        tabs = await run.visitors.open_tabs_at_once(TABS)
        await _see_at_once(tabs, run.artworks(ARTWORKS))
        for tab in tabs:
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@concurrency_case(views=CROWD * ARTWORKS, checks=_all_opened(CROWD), about_s=45)
async def test_twenty_tabs_at_once(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Twenty tabs open within four seconds and see the same: one row each, every view carried?"""
    async with start_run(cell) as run:
        tabs = await run.visitors.open_tabs_at_once(CROWD)
        await _see_at_once(tabs, run.artworks(ARTWORKS))
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
            await asyncio.gather(*(tab.look_at(*artworks) for tab in mine))
            tabs += mine
        if forgets:  # what it sends as a tab closes Firefox drops or not, as luck will have it
            await asyncio.gather(*(tab.drained(DRAIN_S) for tab in tabs))
        for tab in tabs:
            await run.visitors.close_tab(tab)
        await finish(run, *own)
    judge(run)


@concurrency_case(
    views=4 * ARTWORKS,
    checks=[check("tabs_distinct", tabs=6), check("absorbed_explained", least=3 * ARTWORKS)],
    beside=["firefox"],
)
async def test_two_browsers_of_one_user(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """One person sees the same in two browsers at once, two tabs each: one row, each view carried?

    ``beside`` is the second browser; neither knows of the other's queue.
    """
    async with start_run(cell) as run:
        artworks = run.artworks(ARTWORKS)
        tabs = [await run.visitors.open_tab() for _ in range(2)]
        beside = run.visitors.in_another_browser(cell.arm["beside"])
        tabs += [await beside.open_tab() for _ in range(2)]
        await _see_at_once(tabs, artworks)
        for tab in tabs:
            await run.visitors.close_tab(tab)
        await beside.return_visit(timeout_s=RETURN_S)
        await finish(run)
    judge(run)


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
