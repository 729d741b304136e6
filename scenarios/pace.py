"""How fast a visitor looks: the pace that the scenarios share."""

from __future__ import annotations

from collections.abc import Sequence

from harness.browsers.visitor import Tab
from harness.clock import every

PER_SECOND = 4


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
