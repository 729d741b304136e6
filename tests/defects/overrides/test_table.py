"""What the changes of the table share: the twin changes nothing, and every switch is reached."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from defects.base import Replacement, Switch
from defects.overrides.signatures import PREPARE, WRITE
from defects.overrides.table import remembering, unique_over, with_trigger
from servers.ingest.storage.store import Share, Written

CHANGES: Mapping[str, Mapping[str, Replacement]] = {
    "a trigger": with_trigger("RETURN new;"),
    "an index": unique_over("artwork_id"),
    "a memory": remembering(lambda memory, now_s: None),
}


@pytest.mark.parametrize("overrides", CHANGES.values(), ids=CHANGES)
def test_a_twin_prepares_and_writes_as_the_original_and_is_counted(
    overrides: Mapping[str, Replacement],
) -> None:
    """Neither the store nor the pool is touched: both are None."""
    calls: list[str] = []

    async def prepared(store: Any, pool: Any) -> None:
        calls.append("prepared")

    async def written(store: Any, shares: Sequence[Share]) -> list[Written]:
        calls.append("written")
        return [Written(1, 0)]

    async def live(switch: Switch) -> Any:
        await overrides[PREPARE](switch, prepared, None, None)
        return await overrides[WRITE](switch, written, None, [Share("ann", ["a"], 1.0)])

    switch = Switch(twin=True)
    assert asyncio.run(live(switch)) == [Written(1, 0)]
    assert calls == ["prepared", "written"]
    assert switch.hits == 1
