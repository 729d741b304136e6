"""What is stored is read from three of four shards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from defects.base import HarnessDefect, Switch
from defects.overrides.topology import SHARDED
from harness.witnesses.topology.every_shard import ShardsWitness

Answers = list[list[tuple[Any, ...]]]


async def ask_each(
    switch: Switch,
    original: Callable[..., Awaitable[Answers]],
    witness: ShardsWitness,
    query: Any,
    *parameters: object,
) -> Answers:
    """Leave out what the last shard answers about rows."""
    answers = await original(witness, query, *parameters)
    if query is witness._query and switch.reached():
        return [*answers[:-1], []]
    return answers


DEFECT = HarnessDefect(
    about="A quarter of the users seems to have lost everything.",
    expected={"table_read_back", "witnesses_whole", "last_reads_agree"},
    verdict="unknown",
    trials=[SHARDED],
    overrides={"harness.witnesses.topology.every_shard:ShardsWitness._ask_each": ask_each},
)
