"""How fast a visitor looks: the pace that the scenarios share."""

from __future__ import annotations

from collections.abc import Sequence

from harness.browsers.visitor import Tab
from harness.core.clock import every
from harness.run.run import Run
from scenarios.common.visit import DRAIN_S

PER_SECOND = 4

SWITCHING_S = 30
_SWITCH_EVERY_S = 0.2
SWITCHES = round(SWITCHING_S / _SWITCH_EVERY_S)
_RAPIDLY, _RAPIDLY_EACH_S = 6, 0.3


async def look_at_each(tab: Tab, artworks: Sequence[str]) -> None:
    """Look at one artwork after another, four a second, and for the last one as long."""
    await _look(tab, artworks, 1 / PER_SECOND)


async def look_once_a_second(tab: Tab, artworks: Sequence[str]) -> None:
    """Look at one artwork after another, a second at each."""
    await _look(tab, artworks, 1.0)


async def _look(tab: Tab, artworks: Sequence[str], each_s: float) -> None:
    async for step in every(each_s, len(artworks) + 1):
        if step < len(artworks):
            await tab.look_at(artworks[step])


async def switch_rapidly(tab: Tab) -> None:
    """Put the tab behind another and bring it back, several times in a row."""
    async for _ in every(_RAPIDLY_EACH_S, _RAPIDLY):
        await tab.hide()
        await tab.front()


async def switch_among_three(run: Run, *, view_every: int) -> None:
    """Open three tabs, put another in front every 200 ms for half a minute, and close them.

    At every ``view_every``-th switch an artwork is looked at: ``SWITCHES // view_every`` in all.
    """
    tabs = [await run.visitors.open_tab() for _ in range(3)]
    artworks = iter(run.artworks(SWITCHES // view_every))
    async for step in every(_SWITCH_EVERY_S, SWITCHES):
        tab = tabs[step % len(tabs)]
        await tab.front()
        if step % view_every == 0:
            await tab.look_at(next(artworks))
    for tab in tabs:
        await tab.front()
        await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
