"""One row an impression; a row more for a view that came under two ids, or under none."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from servers.collector.reading import View
from servers.collector.store import EventStore, StoredEvents


def view(number: str, event: str | None, *, artwork: str = "a", user: str = "ann") -> View:
    return View(artwork=artwork, user=user, tab="t", view=number, event=event)


async def write(dsn: str, *batches: list[View], opening_s: float = 20.0) -> list[list[bool]]:
    async with EventStore(dsn, opening_s=opening_s) as store:
        return [(await store.write(batch)).new for batch in batches]


def rows(dsn: str) -> list[tuple[str, str]]:
    with psycopg.connect(dsn, prepare_threshold=None) as connection:
        query = "SELECT user_id, artwork_id FROM user_art_impressions ORDER BY 1, 2"
        return [(str(user), str(artwork)) for user, artwork in connection.execute(query)]


def test_the_same_event_again_adds_no_row(database: str) -> None:
    assert asyncio.run(write(database, [view("1", "e")], [view("1", "e")])) == [[True], [False]]
    assert rows(database) == [("ann", "a")]


def test_a_view_under_two_ids_is_stored_twice(database: str) -> None:
    assert asyncio.run(write(database, [view("1", "e"), view("1", "f")])) == [[True, True]]
    assert rows(database) == [("ann", "a")] * 2


def test_a_view_without_an_id_that_comes_twice_is_stored_twice(database: str) -> None:
    assert asyncio.run(write(database, [view("1", None)], [view("1", None)])) == [[True], [True]]


def test_a_request_that_comes_again_under_its_number_is_repeated(database: str) -> None:
    async def repeated() -> list[StoredEvents]:
        async with EventStore(database) as store:
            return [await store.write([view("1", None)], request=one) for one in ("r", "r", "")]

    first, again, other = asyncio.run(repeated())
    assert (first, again) == (StoredEvents([True]), StoredEvents([False], is_repeated=True))
    assert other == StoredEvents([True]), "without a number it is a request of its own"
    assert rows(database) == [("ann", "a")] * 2


def test_two_views_of_one_artwork_are_one_impression(database: str) -> None:
    batches = [view("1", "e"), view("2", "f")], [view("3", None)]
    assert asyncio.run(write(database, *batches)) == [[True, False], [False]]
    assert rows(database) == [("ann", "a")]


def test_another_user_s_view_is_another_impression(database: str) -> None:
    asyncio.run(write(database, [view("1", "e"), view("2", "f", user="bob")]))
    assert rows(database) == [("ann", "a"), ("bob", "a")]


def test_writers_at_once_store_the_first_view_alone(database: str) -> None:
    async def race() -> list[list[bool]]:
        async with EventStore(database) as store:
            views = (store.write([view(str(n), f"e{n}")]) for n in range(8))
            return [one.new for one in await asyncio.gather(*views)]

    assert sum(new for [new] in asyncio.run(race())) == 1
    assert rows(database) == [("ann", "a")]


def test_a_database_that_is_not_there_is_an_error() -> None:
    with pytest.raises(psycopg.Error):
        asyncio.run(write("host=/no/such/place connect_timeout=1", opening_s=1.0))
