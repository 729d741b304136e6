"""The poller looks at nothing while the run goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import VISIT, HarnessDefect, Switch
from harness.core.clock import Instant
from harness.witnesses.database import DatabaseWitness


async def look(
    switch: Switch,
    original: Callable[[DatabaseWitness, Instant], Awaitable[None]],
    witness: DatabaseWitness,
    at: Instant,
) -> None:
    """See no change."""
    if not switch.reached():
        await original(witness, at)


DEFECT = HarnessDefect(
    about="Polls see nothing of what the final read finds.",
    expected={"table_read_back", "witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.witnesses.database:DatabaseWitness._look": look},
)
