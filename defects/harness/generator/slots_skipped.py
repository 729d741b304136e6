"""The load generator leaves out one slot in ten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from defects.base import LOAD, HarnessDefect, Switch


def start(switch: Switch, original: Callable[[Any, Any], None], sender: Any, batch: Any) -> None:
    """Leave out every tenth batch."""
    if switch.every(10) and switch.reached():
        return
    original(sender, batch)


DEFECT = HarnessDefect(
    about="One slot in ten of a load is shown and never sent.",
    expected={"load_as_planned", "load_sent"},
    verdict="unknown",
    trials=[LOAD],
    at="generator",
    smoke=True,
    overrides={"harness.load.generator.sender:Sender._start": start},
)
