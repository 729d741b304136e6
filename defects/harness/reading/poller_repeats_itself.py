"""Every poll answers what the first one found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import VISIT, HarnessDefect, Switch
from harness.core.clock import Instant
from harness.witnesses.database import DatabaseWitness
from harness.witnesses.own_row import OwnRowsFound

_FIRST = "first"


async def look(
    switch: Switch,
    original: Callable[[DatabaseWitness, Instant], Awaitable[OwnRowsFound | None]],
    witness: DatabaseWitness,
    at: Instant,
) -> OwnRowsFound | None:
    """Look once; then return what was found, the harness's own row among it."""
    if not switch.reached():
        return await original(witness, at)
    if _FIRST not in switch.memory:
        switch.memory[_FIRST] = await original(witness, at)
    found: OwnRowsFound | None = switch.memory[_FIRST]
    return found


DEFECT = HarnessDefect(
    about="Every poll finds what the first one found.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.witnesses.database:DatabaseWitness._look": look},
)
