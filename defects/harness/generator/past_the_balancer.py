"""A load goes to one of the servers, past the balancer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from defects.base import HarnessDefect, Switch
from defects.overrides.topology import BALANCED
from harness.run.load import LoadSender


async def send(
    switch: Switch,
    original: Callable[..., Awaitable[None]],
    sender: LoadSender,
    workload: Any,
    *,
    through: str = "",
) -> None:
    """Send it to the first server."""
    urls = sender.server_urls
    await original(sender, workload, through=urls[0] if switch.reached() else through)


DEFECT = HarnessDefect(
    about="The load does not go through what is tried.",
    expected={"batches_through_balancer"},
    verdict="unknown",
    trials=[BALANCED],
    overrides={"harness.run.load:LoadSender.send": send},
)
