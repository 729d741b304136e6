"""The poller looks at nothing while the run goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import VISIT, HarnessDefect, Switch
from harness.core.clock import Instant
from harness.witnesses.database import DatabaseWitness
from harness.witnesses.own_row import OwnRowsFound


async def look(
    switch: Switch,
    original: Callable[[DatabaseWitness, Instant], Awaitable[OwnRowsFound | None]],
    witness: DatabaseWitness,
    at: Instant,
) -> OwnRowsFound | None:
    """See no change."""
    return None if switch.reached() else await original(witness, at)


DEFECT = HarnessDefect(
    about="Polls see nothing of what the final read finds.",
    expected={"table_read_back", "witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.witnesses.database:DatabaseWitness._look": look},
)
