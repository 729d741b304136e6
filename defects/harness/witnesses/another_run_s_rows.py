"""Two runs share a database: another one's rows are in the table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import VISIT, HarnessDefect, Switch
from harness.witnesses.database import DatabaseWitness

INSERT = (
    "INSERT INTO user_art_impressions (user_id, artwork_id) VALUES ('stranger', 'of another run')"
)


async def final(
    switch: Switch,
    original: Callable[[DatabaseWitness], Awaitable[int]],
    witness: DatabaseWitness,
) -> int:
    """Write a row as another run would, and read."""
    if switch.reached():
        connection = await witness.connection()
        await connection.execute(INSERT.encode())
    return await original(witness)


DEFECT = HarnessDefect(
    about="A worker writes into the database of another.",
    expected={"phantom", "nothing_unshown", "conservation"},
    trials=[VISIT],
    overrides={"harness.witnesses.database:DatabaseWitness.final": final},
)
