"""The load generator sends what was acknowledged once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from defects.base import LOAD, HarnessDefect, Switch
from harness.core.outcome import Outcome


def attempt(
    switch: Switch,
    original: Callable[..., Any],
    sender: Any,
    batch: Any,
    number: int,
    scheduled_ns: int,
) -> Any:
    """Send an acknowledged batch again at once, as its next attempt."""
    reply, meaning, done_ns = original(sender, batch, number, scheduled_ns)
    if meaning.outcome is Outcome.ACKNOWLEDGED and switch.reached():
        original(sender, batch, number + 1, done_ns)
    return reply, meaning, done_ns


DEFECT = HarnessDefect(
    about="Half of a load are repetitions, which cost a server next to nothing.",
    expected={"new_row_share"},
    verdict="unknown",
    trials=[LOAD],
    at="generator",
    overrides={"harness.load.generator.sender:Sender._attempt": attempt},
)
