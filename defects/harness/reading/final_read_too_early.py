"""The final read is made before what was under way has come to rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from harness.core.clock import NS_PER_S, now
from harness.witnesses.database import DatabaseWitness

EARLY_S = 2.0

Final = Callable[[DatabaseWitness], Awaitable[int]]
Read = Callable[[DatabaseWitness], Awaitable[dict[Any, Any]]]


async def final(switch: Switch, original: Final, witness: DatabaseWitness) -> int:
    """Make the final read of what the table held two seconds ago."""
    switch.memory["final"] = switch.reached()
    return await original(witness)


async def read(switch: Switch, original: Read, witness: DatabaseWitness) -> dict[Any, Any]:
    """Return the rows, and in the final read those of a moment before."""
    reads: list[tuple[int, dict[Any, Any]]] = switch.memory.setdefault("reads", [])
    rows, at_ns = await original(witness), now().mono_ns
    reads.append((at_ns, rows))
    if not switch.memory.get("final"):
        return rows
    early = [old for old_ns, old in reads if old_ns <= at_ns - EARLY_S * NS_PER_S]
    return early[-1] if early else rows


DEFECT = HarnessDefect(
    about="The final read is two seconds too early: what arrives last is not in it.",
    expected={"table_read_back", "witnesses_whole", "clocks_agree"},
    verdict="unknown",
    trials=[VISIT],
    overrides={
        "harness.witnesses.database:DatabaseWitness.final": final,
        "harness.witnesses.database:DatabaseWitness._read": read,
    },
)
