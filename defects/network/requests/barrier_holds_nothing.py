"""A barrier lets every batch pass as it comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.faults.request.barrier import Barrier
from harness.faults.request.gateway import Onward
from harness.faults.request.messages import Answer, Call


async def act(
    switch: Switch,
    original: Callable[[Barrier, Call, Onward], Awaitable[Answer]],
    fault: Barrier,
    call: Call,
    onward: Onward,
) -> Answer:
    """Write down that it was held back, and forward it at once."""
    if not switch.reached():
        return await original(fault, call, onward)
    fault.acted(call, "held it back until it was released with others")
    return await onward(call)


DEFECT = HarnessDefect(
    about="Batches that are to reach the server together reach it one after the other.",
    expected={"batches_overlapped"},
    verdict="unknown",
    trials=[Trial("five_tabs_at_once", browser="chromium", preset="durable")],
    overrides={"harness.faults.request.barrier:Barrier.act": act},
)
