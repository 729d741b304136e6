"""The smallest part of a simulated walk that still fails, by delta debugging over its steps."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from harness.simulation.engine import Engine
from scenarios.concurrency.shrink import shrink

MOST_TRIES = 400
LUCKS = 30
"""A shorter walk meets another chance: with this many it is tried before it counts as sound."""


def smallest(
    engine: Engine, walk: Mapping[str, Any], checks: Collection[str], *, most: int = MOST_TRIES
) -> dict[str, Any]:
    """Return the fewest steps of a failing walk in which one of the checks fails, with their luck.

    ``walk`` must fail itself; ``most`` bounds the tries.
    """
    luck = {"luck": walk.get("luck", 0)}

    async def fails(part: Sequence[Any]) -> bool:
        tried = {**walk, "steps": list(part)}
        found = engine.walk(tried, lucks=[luck["luck"], *range(LUCKS)])
        is_failing = not {one["check"] for one in found["findings"]}.isdisjoint(checks)
        if is_failing:
            luck["luck"] = found["luck"]
        return is_failing

    shrunk = asyncio.run(shrink(walk["steps"], fails, most=most))
    kept = {**walk, "steps": list(shrunk.items), **luck}
    found = engine.walk(kept, lucks=[luck["luck"], *range(LUCKS)])
    return {**kept, "luck": found["luck"]}
