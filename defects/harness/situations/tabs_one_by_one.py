"""Tabs that are to be opened at once are opened one after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.browsers.visitor import Tab
from harness.core.clock import pause

APART_S = 0.5
_TABS = 5


async def load(
    switch: Switch, original: Callable[[Tab, str], Awaitable[None]], tab: Tab, url: str
) -> None:
    """Load each half a second after the one before."""
    number = switch.memory.setdefault("opened", 0)
    switch.memory["opened"] = number + 1
    if switch.reached():
        await pause(APART_S * min(number, _TABS))
    await original(tab, url)


DEFECT = HarnessDefect(
    about="Five tabs that are to open within a second take two.",
    expected={"opened_within"},
    verdict="unknown",
    trials=[Trial("five_tabs_at_once", browser="chromium", preset="durable")],
    overrides={"harness.browsers.visitor:Tab.load": load},
)
