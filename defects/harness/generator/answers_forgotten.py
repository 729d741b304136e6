"""The load generator does not record one answer in twenty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from defects.base import LOAD, HarnessDefect, Switch


def note(switch: Switch, original: Callable[..., None], sender: Any, *more: Any) -> None:
    """Leave out every twentieth row."""
    if switch.every(20) and switch.reached():
        return
    original(sender, *more)


DEFECT = HarnessDefect(
    about="One request in twenty is sent and not in the ledger.",
    expected={"load_as_planned", "load_sent", "offered_rate"},
    verdict="unknown",
    trials=[LOAD],
    at="generator",
    overrides={"harness.load.generator.sender:Sender._note": note},
)
