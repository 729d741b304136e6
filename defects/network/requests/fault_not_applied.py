"""A fault at the gateway is held, and acts on no request."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.faults.request.answers import FeltByUse
from harness.faults.request.messages import Call

Takes = Callable[[FeltByUse, Call], bool]


def takes(switch: Switch, original: Takes, fault: FeltByUse, call: Call) -> bool:
    """Say of every request that the fault does not act on it."""
    return original(fault, call) and not switch.reached()


DEFECT = HarnessDefect(
    about="A fault that the run holds acts on no request: the run was not exposed to it.",
    expected={"fault_was_live", "witnesses_whole"},
    verdict="unknown",
    trials=[Trial("ack_lost", browser="chromium")],
    overrides={"harness.faults.request.answers:FeltByUse.takes": takes},
)
