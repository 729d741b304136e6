"""The load generator reports nothing of itself any more after three seconds."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import LOAD, HarnessDefect, Switch
from harness.load.generator.pulse import Pulse

REPORTS = 3


def close_second(
    switch: Switch, original: Callable[[Pulse, int], None], pulse: Pulse, now_ns: int
) -> None:
    """Report the first three seconds."""
    reported = switch.memory.setdefault("reported", 0)
    switch.memory["reported"] = reported + 1
    if reported < REPORTS or not switch.reached():
        original(pulse, now_ns)


DEFECT = HarnessDefect(
    about="How the load generator is after its first three seconds is not known.",
    expected={"workers_whole"},
    verdict="unknown",
    trials=[LOAD],
    at="generator",
    overrides={"harness.load.generator.pulse:Pulse._close_second": close_second},
)
