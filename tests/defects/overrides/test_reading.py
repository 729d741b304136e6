"""What is read is changed in the query of all rows alone."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from defects.base import Switch
from defects.overrides.reading import Key, rows_changed

ROWS = [("Ann", "A", 1, None), ("Bob", "B", 2, None)]


async def original(witness: Any, query: object, *parameters: object) -> list[tuple[Any, ...]]:
    return [*ROWS]


def lower(keys: list[Key]) -> list[Key]:
    return [(user.lower(), artwork.lower()) for user, artwork in keys]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lower, [("ann", "a", 1, None), ("bob", "b", 2, None)]),
        (lambda keys: keys[:1], ROWS[:1]),
    ],
)
def test_other_keys_or_fewer_rows_are_read(change: Any, expected: list[Any]) -> None:
    [replacement] = rows_changed(change).values()
    witness = SimpleNamespace(_query=object())

    def read(switch: Switch, query: object) -> list[Any]:
        return asyncio.run(replacement(switch, original, witness, query))

    assert read(Switch(twin=False), witness._query) == expected
    assert read(Switch(twin=True), witness._query) == ROWS
    assert read(Switch(twin=False), object()) == ROWS
