"""Which rows of a table are new."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from harness.target.target import Table
from harness.witnesses.truth.newest import RECENT_S, NewestRows

TABLE = Table(name="app.seen", user_column="who", artwork_column="what", viewed_column="at")


class Database:
    """Answers what kind of relation the table is, and one horizon after another."""

    def __init__(self, *, is_table: bool, horizons: list[int]) -> None:
        self.is_table = is_table
        self.horizons = horizons
        self.asked: list[str] = []

    async def ask(self, query: Any, *parameters: object) -> list[tuple[Any, ...]]:
        self.asked.append(str(query))
        return [(self.is_table,)] if parameters else [(self.horizons.pop(0),)]


@pytest.mark.asyncio
async def test_new_is_what_a_transaction_wrote_that_was_not_complete_at_the_read_before() -> None:
    database = Database(is_table=True, horizons=[700, 2**32 + 9, 2**32 + 10])
    newest = NewestRows(TABLE)
    first, every = await newest.begin(database.ask)
    assert every == "3", "the first normal transaction"
    assert "xmin" in first.as_string(None)
    assert (await newest.begin(database.ask))[1] == "700"
    assert (await newest.begin(database.ask))[1] == "9", "the lower 32 bits, as in xmin"
    assert sum("relkind" in query for query in database.asked) == 1


@pytest.mark.asyncio
async def test_of_a_view_the_newest_are_those_of_the_last_seconds() -> None:
    newest = NewestRows(TABLE)
    condition, recent = await newest.begin(Database(is_table=False, horizons=[]).ask)
    assert recent == dt.timedelta(seconds=RECENT_S)
    assert condition.as_string(None) == ('"at" >= (SELECT max("at") FROM "app"."seen") - %s')
