"""A fault that loses answers loses requests instead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.faults.request.answers import AckLost
from harness.faults.request.gateway import Onward
from harness.faults.request.messages import SILENCE, Call
from harness.faults.request.messages import Answer as HttpAnswer


async def act(
    switch: Switch,
    original: Callable[[AckLost, Call, Onward], Awaitable[HttpAnswer]],
    fault: AckLost,
    call: Call,
    onward: Onward,
) -> HttpAnswer:
    """End the connection before anything is forwarded."""
    if not switch.reached():
        return await original(fault, call, onward)
    fault.acted(call, "dropped the answer")
    return SILENCE


DEFECT = HarnessDefect(
    about="Requests are lost where answers should be: nothing comes twice, and nothing is proven.",
    expected={"came_again", "fault_was_live"},
    verdict="unknown",
    trials=[Trial("answer_lost", browser="chromium")],
    overrides={"harness.faults.request.answers:AckLost.act": act},
)
