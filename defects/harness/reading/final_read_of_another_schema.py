"""The final read is of a table of the same name elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from harness.witnesses.database import DatabaseWitness


async def read(
    switch: Switch,
    original: Callable[[DatabaseWitness], Awaitable[Any]],
    witness: DatabaseWitness,
) -> Any:
    """Return the rows of a table without any."""
    return {} if switch.reached() else await original(witness)


DEFECT = HarnessDefect(
    about="The final read finds an empty table where polls saw another one.",
    expected={"table_read_back", "witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    smoke=True,
    overrides={"harness.witnesses.database:DatabaseWitness._read": read},
)
