"""Hearts: each change once, in its order, one's own."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

from servers.ingest.product.favourites import FAVOURITES_PATH
from tests.servers.ingest.site import make_config, running, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]

KEPT = "SELECT user_id, artwork_id, is_favourite, changes FROM favourites ORDER BY 1, 2"


def with_product(database: str) -> Any:
    return make_config(database, improvements=("product",))


def hearts(*changes: tuple[str, str, bool], subject: str = "ann") -> dict[str, object]:
    named = [{"id": one, "artworkId": artwork, "favourite": on} for one, artwork, on in changes]
    return {"subject": subject, "changes": named}


def kept(database: str) -> list[Any]:
    with psycopg.connect(database) as connection:
        return connection.execute(KEPT).fetchall()


async def test_an_older_change_that_is_sent_again_turns_nothing_back(database: str) -> None:
    async with running(with_product(database)) as site, visitor(site.url) as ann:
        answers = [
            await ann.post(hearts(*changes), path=FAVOURITES_PATH)
            for changes in (
                [("c1", "a", True), ("c2", "b", True)],
                [("c3", "a", False)],
                [("c1", "a", True), ("c2", "b", True)],
            )
        ]
    assert [answer.body for answer in answers] == [{"changed": 2}, {"changed": 1}, {"changed": 0}]
    assert kept(database) == [("ann", "a", False, 2), ("ann", "b", True, 1)]


async def test_changes_at_once_are_each_made_once(database: str) -> None:
    async with running(with_product(database)) as site, visitor(site.url) as ann:
        asks = [hearts((f"c{number % 8}", "a", True)) for number in range(24)]
        await asyncio.gather(*(ann.post(one, path=FAVOURITES_PATH) for one in asks))
    assert kept(database) == [("ann", "a", True, 8)]


async def test_hearts_are_ones_own_and_in_the_history(database: str) -> None:
    async with (
        running(with_product(database)) as site,
        visitor(site.url) as ann,
        visitor(site.url, "bob") as bob,
    ):
        await ann.send(["a", "b"])
        await bob.send(["a", "b"])
        await ann.post(hearts(("c1", "a", True)), path=FAVOURITES_PATH)
        foreign = await bob.post(hearts(("c1", "b", True)), path=FAVOURITES_PATH)
        same_id = await bob.post(hearts(("c1", "b", True), subject="bob"), path=FAVOURITES_PATH)
        lists = [(await one.get("/api/history")).body["entries"] for one in (ann, bob)]
    assert (foreign.status, same_id.body) == (409, {"changed": 1})
    assert [[entry["favourite"] for entry in found] for found in lists] == [
        [False, True],
        [True, False],
    ]


@pytest.mark.parametrize(
    "body",
    [
        hearts(),
        hearts(*((f"c{number}", "a", True) for number in range(101))),
        hearts(("", "a", True)),
        hearts(("c", "\x00", True)),
        {"subject": "ann", "changes": [{"id": "c", "artworkId": "a", "favourite": "yes"}]},
    ],
)
async def test_changes_that_cannot_be_meant_are_refused(database: str, body: object) -> None:
    async with running(with_product(database)) as site, visitor(site.url) as ann:
        assert (await ann.post(body, path=FAVOURITES_PATH)).status == 400
