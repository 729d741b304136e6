"""A process that should stand still goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.faults.process.still import Still


async def inject(
    switch: Switch, original: Callable[[Still], Awaitable[None]], fault: Still
) -> None:
    """Let it run."""
    if not switch.reached():
        await original(fault)


DEFECT = HarnessDefect(
    about="A server that is to stand still does not.",
    expected={"part_was_out", "fault_was_live", "witnesses_whole"},
    verdict="unknown",
    trials=[Trial("scale_out", topology="balanced", fault="one_server_still")],
    overrides={"harness.faults.process.still:Still.inject": inject},
)
