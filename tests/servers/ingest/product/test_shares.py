"""Links: they show favourites and nothing else, to all who have them, until they are revoked."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from servers.ingest.product.favourites import FAVOURITES_PATH
from servers.ingest.product.shares import REVOKE_PATH, SHARED_PATH, SHARES_MAX, SHARES_PATH
from tests.servers.ingest.site import Visitor, make_config, running, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


def with_product(database: str) -> Any:
    return make_config(database, improvements=("product",))


async def loves(who: Visitor, user: str, *artworks: str) -> None:
    changes = [{"id": one, "artworkId": one, "favourite": True} for one in artworks]
    answer = await who.post({"subject": user, "changes": changes}, path=FAVOURITES_PATH)
    assert answer.status == 200


async def share(who: Visitor, user: str = "ann") -> dict[str, str]:
    answer = await who.post({"subject": user}, path=SHARES_PATH)
    assert answer.status == 201
    made: dict[str, str] = answer.body
    return made


async def test_a_link_shows_the_favourites_of_its_user_and_nothing_else(database: str) -> None:
    async with (
        running(with_product(database)) as site,
        visitor(site.url) as ann,
        visitor(site.url, "bob") as bob,
        visitor(site.url, None) as outsider,
    ):
        await ann.send(["artwork-0001", "artwork-0002", "seen only"])
        await loves(ann, "ann", "artwork-0001", "not in the pool")
        await loves(bob, "bob", "artwork-0003")
        made = await share(ann)
        found = await outsider.post({"token": made["token"]}, path=SHARED_PATH)
    assert len(made["token"]) >= 32
    assert found.body == {
        "artworks": [
            {"id": "artwork-0001", "title": "Artwork 1"},
            {"id": "not in the pool", "title": "not in the pool"},
        ]
    }
    assert found.headers["Cache-Control"] == "no-store"


async def test_a_link_ends_when_it_is_revoked_and_by_its_user_alone(database: str) -> None:
    async with (
        running(with_product(database)) as site,
        visitor(site.url) as ann,
        visitor(site.url, "bob") as bob,
    ):
        await loves(ann, "ann", "a")
        first, second = await share(ann), await share(ann)
        foreign = await bob.post({"subject": "bob", "id": first["id"]}, path=REVOKE_PATH)
        listed = [one["id"] for one in (await ann.get(SHARES_PATH)).body["shares"]]
        assert (foreign.status, listed) == (404, [first["id"], second["id"]])
        assert (await bob.get(SHARES_PATH)).body == {"shares": []}
        for status in (200, 404):
            ended = await ann.post({"subject": "ann", "id": first["id"]}, path=REVOKE_PATH)
            assert ended.status == status
        statuses = [
            (await bob.post({"token": one["token"]}, path=SHARED_PATH)).status
            for one in (first, second)
        ]
    assert statuses == [404, 200]


@pytest.mark.parametrize("token", ["", "x", "\x00", "a" * 500, "\ud800"])
async def test_a_link_that_was_guessed_shows_nothing(database: str, token: str) -> None:
    async with running(with_product(database)) as site, visitor(site.url) as ann:
        await share(ann)
        answer = await ann.post({"token": token}, path=SHARED_PATH)
    assert answer.status in (400, 404)
    assert "artworks" not in answer.body


async def test_the_table_holds_no_secret_and_links_are_bounded(database: str) -> None:
    async with running(with_product(database)) as site, visitor(site.url) as ann:
        made = [await share(ann) for _ in range(SHARES_MAX)]
        assert (await ann.post({"subject": "ann"}, path=SHARES_PATH)).status == 409
        await ann.post({"subject": "ann", "id": made[0]["id"]}, path=REVOKE_PATH)
        await share(ann)
    with psycopg.connect(database) as connection:
        text = str(connection.execute("SELECT t::text FROM shared_collections t").fetchall())
    assert not any(one["token"] in text for one in made)


async def test_who_is_not_signed_in_or_of_another_site_shares_nothing(database: str) -> None:
    async with (
        running(with_product(database)) as site,
        visitor(site.url) as ann,
        visitor(site.url, None) as outsider,
    ):
        foreign = {"Content-Type": "application/json", "Origin": "https://evil.example"}
        asked = [
            (await outsider.post({"subject": "ann"}, path=SHARES_PATH)).status,
            (await outsider.get(SHARES_PATH)).status,
            (await ann.post({"subject": "ann"}, path=SHARES_PATH, headers=foreign)).status,
            (await ann.post({"subject": "bob"}, path=SHARES_PATH)).status,
        ]
    assert asked == [401, 401, 403, 409]
