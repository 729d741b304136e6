"""A worker is killed at any time, not between COMMIT and acknowledgement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.faults.process.queue import KilledBeforeAcknowledging
from harness.ledger.kinds.network import ServerKilled


async def inject(
    switch: Switch,
    original: Callable[[KilledBeforeAcknowledging], Awaitable[None]],
    fault: KilledBeforeAcknowledging,
) -> None:
    """Kill the first worker, whatever it does."""
    if not switch.reached():
        await original(fault)
        return
    fault._killed = fault._queue.workers[0]
    fault._pid = fault._killed.pid
    fault._network.saw(ServerKilled(fault=fault.name))
    await fault._killed.kill()


DEFECT = HarnessDefect(
    about="A worker that is to be killed between COMMIT and acknowledgement has nothing to do.",
    expected={"messages_redelivered"},
    verdict="unknown",
    trials=[Trial("scale_out", topology="queued", fault="worker_killed_before_ack")],
    overrides={"harness.faults.process.queue:KilledBeforeAcknowledging.inject": inject},
)
