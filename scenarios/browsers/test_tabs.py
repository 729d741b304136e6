"""Several tabs of one browser."""

from __future__ import annotations

from harness.browsers.base import Can
from harness.ledger.kinds.base import name_of
from harness.ledger.kinds.client import VisibilityChanged
from harness.ledger.rundir import RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.pace import SWITCHES, SWITCHING_S, switch_among_three
from scenarios.common.visit import finish
from scenarios.common.visit_case import visit_case

VIEW_EVERY = 10
"""Switches between two views: one in 2 s, for a person who switches that fast sees little."""


@visit_case(
    views=SWITCHES // VIEW_EVERY,
    abilities=[Can.SWITCH_TABS],
    checks=[
        check("one_flush_per_hide"),
        check("events_from_browser", event=name_of(VisibilityChanged), least=SWITCHES),
        check("batches_sent", least=1, most=SWITCHES / 10),
    ],
    about_s=SWITCHING_S + 10,
)
async def test_rapid_switching(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Three tabs, another in front every 200 ms for 30 s: is each hide flushed once, none lost?"""
    async with start_run(cell) as run:
        await switch_among_three(run, view_every=VIEW_EVERY)
        await finish(run)
    judge(run)


@visit_case(
    views=5 * 8,
    checks=[check("tabs_distinct", tabs=6), check("each_id_once")],
)
async def test_five_tabs(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Five tabs of one user see the same eight artworks: is each view carried, each row one?"""
    async with start_run(cell) as run:
        tabs = [await run.visitors.open_tab() for _ in range(5)]
        artworks = run.artworks(8)
        for tab in tabs:
            await tab.look_at(*artworks)
        for tab in tabs:
            await tab.drained(15)
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=6 + 12,
    presets=("durable",),
    checks=[check("absorbed_explained", least=6), check("tabs_distinct", tabs=3)],
)
async def test_seen_again(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A second tab sees six known artworks between six new ones: are the new ones stored?"""
    async with start_run(cell) as run:
        artworks = run.artworks(12)
        known, new = artworks[:6], artworks[6:]
        first = await run.visitors.open_tab()
        await first.look_at(*known)
        await first.drained(15)
        second = await run.visitors.open_tab()
        await second.look_at(*(one for two in zip(known, new, strict=True) for one in two))
        for tab in (first, second):
            await tab.drained(15)
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(views=4, checks=[check("tabs_distinct", tabs=3)])
async def test_duplicated_tab(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A tab starts with a copy of another's session storage: are they two tabs to the server?"""
    async with start_run(cell) as run:
        first = await run.visitors.open_tab()
        artworks = run.artworks(4)
        await first.look_at(*artworks[:2])
        copied = await first.page.evaluate("() => ({...sessionStorage})")
        second = await run.visitors.open_tab()
        await second.page.evaluate("all => Object.assign(sessionStorage, all)", copied)
        await second.reload()
        await second.look_at(*artworks[2:])
        for tab in (first, second):
            await tab.drained(15)
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=3,
    checks=[check("premise_held", question="the page is hidden", answer="true")],
    controls={Capability.HIDDEN_VIEWS},
)
async def test_start_hidden(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The page loads behind another tab, shows artworks there and is closed: is any lost?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab(behind=True)
        await tab.ask("the page is hidden", "() => document.hidden")
        await tab.look_at(*run.artworks(3))
        await tab.drained(15)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
