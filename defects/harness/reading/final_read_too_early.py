"""The final read is made without waiting for anything to come to rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import VISIT, HarnessDefect, Switch
from harness.run.quiescence import Quiescence


async def not_reached(
    switch: Switch,
    original: Callable[[Quiescence, float], Awaitable[str]],
    quiescence: Quiescence,
    timeout_s: float,
) -> str:
    """Say that all is quiet."""
    return "" if switch.reached() else await original(quiescence, timeout_s)


DEFECT = HarnessDefect(
    about="Rows that are on their way are not awaited.",
    expected={"witnesses_whole", "table_read_back"},
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.run.quiescence:Quiescence._not_reached": not_reached},
)
