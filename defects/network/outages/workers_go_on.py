"""Workers that should stand still go on, so that nothing waits in the queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.faults.process.worker import WorkerPaused


async def inject(
    switch: Switch, original: Callable[[WorkerPaused], Awaitable[None]], fault: WorkerPaused
) -> None:
    """Let it run."""
    if not switch.reached():
        await original(fault)


DEFECT = HarnessDefect(
    about="The broker is killed while its queue is empty: there is nothing to lose.",
    expected={"queue_held", "fault_was_live"},
    verdict="unknown",
    trials=[Trial("scale_out", topology="queued", fault="broker_killed")],
    overrides={"harness.faults.process.worker:WorkerPaused.inject": inject},
)
