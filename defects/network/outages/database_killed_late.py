"""A database that is to die right after an acknowledgement dies a third of a second later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.core.clock import pause
from harness.faults.process.after_answer import KilledAfterAnswer
from harness.faults.request.gateway import Onward
from harness.faults.request.messages import Answer, Call

LATER_S = 0.3


async def act(
    switch: Switch,
    original: Callable[[KilledAfterAnswer, Call, Onward], Awaitable[Answer]],
    fault: KilledAfterAnswer,
    call: Call,
    onward: Onward,
) -> Answer:
    """Hear the answer later."""

    async def heard_late(forwarded: Call) -> Answer:
        answer = await onward(forwarded)
        if switch.reached():
            await pause(LATER_S)
        return answer

    return await original(fault, call, heard_late)


DEFECT = HarnessDefect(
    about="The database is killed when all that it acknowledged has long been written.",
    expected={"killed_after_commit"},
    verdict="unknown",
    trials=[Trial("database_killed_after_ack", browser="chromium", preset="durable")],
    overrides={"harness.faults.process.after_answer:KilledAfterAnswer.act": act},
)
