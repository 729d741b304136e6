"""A cut cuts nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.faults.line.toxiproxy.outage import Refused


async def inject(
    switch: Switch, original: Callable[[Refused], Awaitable[None]], fault: Refused
) -> None:
    """Leave the path as it is."""
    if not switch.reached():
        await original(fault)


DEFECT = HarnessDefect(
    about="An outage of five seconds is none.",
    expected={"fault_was_live", "witnesses_whole"},
    verdict="unknown",
    trials=[Trial("short_outage", preset="durable")],
    smoke=True,
    overrides={"harness.faults.line.toxiproxy.outage:Refused.inject": inject},
)
