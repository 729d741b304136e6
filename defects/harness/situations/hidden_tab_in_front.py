"""A tab that is to load hidden loads in front."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.browsers.visitor import Tab
from harness.run.visitors import Visitors


async def open_tab(
    switch: Switch,
    original: Callable[..., Awaitable[Tab]],
    visitors: Visitors,
    user: str = "",
    *,
    behind: bool = False,
    **more: str,
) -> Tab:
    """Open it in front."""
    if behind and switch.reached():
        behind = False
    return await original(visitors, user, behind=behind, **more)


DEFECT = HarnessDefect(
    about="A page that is to load behind another one is in front from the start.",
    expected={"premise_held"},
    verdict="unknown",
    trials=[Trial("start_hidden", browser="chromium", preset="durable")],
    overrides={"harness.run.visitors:Visitors.open_tab": open_tab},
)
