"""The server answers first and publishes afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from defects.base import ServerDefect, Switch
from defects.overrides.queue import queued
from harness.core.clock import pause
from servers.ingest.receipts import ACCEPTED, Receipt
from servers.ingest.refusal import Refusal
from servers.queue.publisher import Publisher

LATE_S = 0.3


async def carry_out(
    switch: Switch,
    original: Callable[..., Awaitable[None]],
    publisher: Publisher,
    user: str,
    artworks: Sequence[str],
    receipt: Receipt,
    tell: Any,
) -> None:
    """Answer one batch in three before it is published."""
    if switch.every(3) and switch.reached():
        receipt.status = ACCEPTED
        tell(None)
        tell = _answered
        await pause(LATE_S)
    await original(publisher, user, artworks, receipt, tell)


def _answered(refusal: Refusal | None) -> None:
    """Hear of the real outcome, when the client has its answer already."""


DEFECT = ServerDefect(
    about="One batch in three is answered with 202 before the broker has it.",
    expected={"acks_after_confirm"},
    trials=[queued()],
    overrides={"servers.queue.publisher:Publisher._carry_out": carry_out},
)
