"""A cut heals by itself after half a second."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.faults.line.toxiproxy.outage import Refused

HEALS_S = 0.5


async def inject(
    switch: Switch, original: Callable[[Refused], Awaitable[None]], fault: Refused
) -> None:
    """Cut, and heal half a second later."""
    await original(fault)
    if switch.reached():
        later = asyncio.get_running_loop().call_later
        later(HEALS_S, lambda: asyncio.ensure_future(fault.heal()))


DEFECT = HarnessDefect(
    about="An outage of five seconds ends after half a second.",
    expected={"fault_was_live", "witnesses_whole"},
    verdict="unknown",
    trials=[Trial("short_outage", preset="durable")],
    overrides={"harness.faults.line.toxiproxy.outage:Refused.inject": inject},
)
