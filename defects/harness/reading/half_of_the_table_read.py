"""The final read stops in the middle."""

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
    """Return every second row."""
    rows = await original(witness)
    return dict(list(rows.items())[::2]) if len(rows) > 1 and switch.reached() else rows


DEFECT = HarnessDefect(
    about="Every second row is left out of what is read.",
    expected={"table_read_back", "witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.witnesses.database:DatabaseWitness._read": read},
)
