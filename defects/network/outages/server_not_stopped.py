"""A server that should be gone goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.faults.process.restart import Down


async def inject(switch: Switch, original: Callable[[Down], Awaitable[None]], fault: Down) -> None:
    """Let it run."""
    if not switch.reached():
        await original(fault)


DEFECT = HarnessDefect(
    about="A server that is to be killed is not.",
    expected={"fault_was_live", "witnesses_whole"},
    verdict="unknown",
    trials=[Trial("server_restart", browser="chromium", how="killed")],
    overrides={"harness.faults.process.restart:Down.inject": inject},
)
