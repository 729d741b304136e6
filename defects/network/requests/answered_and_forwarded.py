"""A fault that answers in the target's place lets the request through as well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.faults.request.answers import Answers
from harness.faults.request.gateway import Onward
from harness.faults.request.messages import Answer, Call


async def act(
    switch: Switch,
    original: Callable[[Answers, Call, Onward], Awaitable[Answer]],
    fault: Answers,
    call: Call,
    onward: Onward,
) -> Answer:
    """Forward the request before it is answered."""
    if switch.reached():
        await onward(call)
    return await original(fault, call, onward)


DEFECT = HarnessDefect(
    about="A request that a gateway answers with 503 reaches the server, which stores it.",
    expected={"answered_not_forwarded"},
    verdict="unknown",
    trials=[Trial("503_backoff", browser="chromium", preset="durable")],
    overrides={"harness.faults.request.answers:Answers.act": act},
)
