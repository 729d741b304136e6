"""Overrides of what the database witness reads: other ids, or fewer, than the table holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from defects.base import Replacement, Switch
from harness.witnesses.database import DatabaseWitness

Key = tuple[str, str]


def rows_changed(change: Callable[[Sequence[Key]], Sequence[Key]]) -> Mapping[str, Replacement]:
    """Return overrides that read what ``change`` makes of the (user, artwork) of all rows.

    It returns fewer of them, or as many others in their order.
    """

    async def ask(
        switch: Switch,
        original: Callable[..., Awaitable[list[tuple[Any, ...]]]],
        witness: DatabaseWitness,
        query: Any,
        *parameters: object,
    ) -> list[tuple[Any, ...]]:
        found = await original(witness, query, *parameters)
        is_of_rows = query is witness._query
        if not (is_of_rows and found and switch.reached()):
            return found
        keys = [(str(row[0]), str(row[1])) for row in found]
        others = change(keys)
        if len(others) < len(found):
            return [row for row, key in zip(found, keys, strict=True) if key in set(others)]
        return [(*key, *row[2:]) for key, row in zip(others, found, strict=True)]

    return {"harness.witnesses.database:DatabaseWitness.ask": ask}
