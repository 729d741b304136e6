"""A fault that should act on three requests acts on the first."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.faults.request.answers import FeltByUse
from harness.faults.request.messages import Call


def takes(
    switch: Switch, original: Callable[[FeltByUse, Call], bool], fault: FeltByUse, call: Call
) -> bool:
    """Leave every request but the first alone."""
    if not original(fault, call):
        return False
    return switch.memory.setdefault("first", call) is call or not switch.reached()


DEFECT = HarnessDefect(
    about="Of three answers that should be lost one is.",
    expected={"came_again"},
    verdict="unknown",
    trials=[Trial("ack_lost", browser="chromium")],
    overrides={"harness.faults.request.answers:FeltByUse.takes": takes},
)
