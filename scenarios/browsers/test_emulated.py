"""Phones as a desktop engine pretends to be them: their size, touch and user agent, no more."""

from __future__ import annotations

from harness.ledger.rundir import RunPlan
from scenarios.catalogue.declare import Judge, StartRun, arms, scenario
from scenarios.common.delivery import exactly_once
from scenarios.common.visit import finish
from scenarios.common.visit_case import PRESETS

DEVICES = ("iPhone 15", "iPad Pro 11", "Pixel 7", "Galaxy S24")


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
